/**
 * Users and sudo rules that exist for this sshd alone: /etc, /home and sudo's memory are its
 * own in a mount namespace. The password of USER is `it's USER`.
 */
export const users = `
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
mount -t tmpfs tmpfs /home
mkdir -p /run/sudo
mount -t tmpfs tmpfs /run/sudo
for user in asked free stranger notty pty other; do
  useradd -m -s /bin/bash $user
  echo "$user:it's $user" | chpasswd
done
useradd -m -s /usr/sbin/nologin nologin
echo 'nologin:x' | chpasswd
cat >/etc/sudoers <<'END'
Defaults passwd_tries=3
Defaults:notty requiretty
Defaults logfile=/run/sudo/log
Defaults:pty use_pty
root ALL=(ALL) ALL
asked ALL=(ALL) ALL
free ALL=(ALL) NOPASSWD: ALL
notty ALL=(ALL) NOPASSWD: ALL
pty ALL=(ALL) NOPASSWD: ALL
END
`
