import type { Command } from 'commander'

/** The flags that give the passwords of sealed files, as commander hands them over. */
export interface VaultFlags {
  vaultId?: string[]
  vaultPasswordFile?: string[]
  askVaultPass?: boolean
}

/** The flags, named as Ansible names them. */
export function vaultFlags(command: Command): Command {
  const list = (value: string, before: string[] = []) => [...before, value]
  return command
    .option('--vault-id <id@source>', 'a labelled vault password: ID@FILE or ID@prompt', list)
    .option('--vault-password-file <file>', 'a vault password; an executable prints it', list)
    .option('--ask-vault-pass', 'ask for the vault password')
}
