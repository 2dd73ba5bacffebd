/** One node of an expression; `start` is the character it begins at, from 0. */
export type Node = { start: number } & (
  | { kind: 'value'; value: string | number | boolean | null }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: readonly Node[] }
  | { kind: 'map'; entries: readonly (readonly [Node, Node])[] }
  | { kind: 'item'; object: Node; key: Node }
  | { kind: 'slice'; object: Node; from?: Node; to?: Node; step?: Node }
  | { kind: 'sign'; operator: '-' | '+'; operand: Node }
  | { kind: 'not'; operand: Node }
  | { kind: 'and' | 'or'; left: Node; right: Node }
  | { kind: 'math'; operator: MathOperator; left: Node; right: Node }
  | { kind: 'compare'; first: Node; rest: readonly { operator: Comparison; right: Node }[] }
  | { kind: 'if'; test: Node; then: Node; otherwise?: Node }
  | ({ kind: 'filter'; name: string; operand: Node } & Args)
  | ({ kind: 'test'; name: string; negated: boolean; operand: Node } & Args)
)

/** Plain arguments, and those written `name=value`. */
export interface Args {
  args: readonly Node[]
  named: ReadonlyMap<string, Node>
}

export type MathOperator = '+' | '-' | '~' | '*' | '/' | '//' | '%' | '**'
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'
