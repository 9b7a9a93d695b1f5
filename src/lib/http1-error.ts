/**
 * What went wrong with an HTTP exchange. `refused`: the address is not one to connect to. `queue`: too
 * many requests wait already. `unsent`: the connection was gone before a byte was written.
 * `unanswered`: it was written, and the connection went without a byte of an answer.
 */
export type Http1Fault =
  | 'connect'
  | 'tls'
  | 'refused'
  | 'queue'
  | 'unsent'
  | 'unanswered'
  | 'closed'
  | 'protocol'
  | 'too_large'
  | 'aborted'

export class Http1Error extends Error {
  override readonly name = 'Http1Error'
  readonly fault: Http1Fault
  constructor(fault: Http1Fault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
