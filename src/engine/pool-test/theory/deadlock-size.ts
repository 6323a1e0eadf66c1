/**
 * The least pool in which callers that take several connections each cannot all wait for each other: T callers of C
 * connections may hold T·(C−1) while each wants one more, and one beyond that always lets somebody finish. The pool is
 * free of deadlock from there on, and only from there on (HikariCP's wiki, About Pool Sizing, has the same formula).
 */
export function deadlockFreeSize(callers: number, connectionsEach: number): number {
  return callers * (connectionsEach - 1) + 1;
}
