/**
 * A doubly linked list whose links live in the members themselves, so that joining allocates nothing and
 * leaving from the middle costs O(1). Queues of waiters and of idle pool entries are made of it.
 *
 * A member belongs to at most one list at a time, and only a member may be removed; the owner knows which.
 */
export interface Linked<N> {
  previous: N | undefined;
  next: N | undefined;
}

export class LinkedList<N extends Linked<N>> {
  #head: N | undefined;
  #tail: N | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The member that has been here longest. */
  get head(): N | undefined {
    return this.#head;
  }

  /** The member that came last. */
  get tail(): N | undefined {
    return this.#tail;
  }

  push(member: N): void {
    const tail = this.#tail;
    member.previous = tail;
    if (tail === undefined) this.#head = member;
    else tail.next = member;
    this.#tail = member;
    this.#length++;
  }

  remove(member: N): void {
    const { previous, next } = member;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next === undefined) this.#tail = previous;
    else next.previous = previous;
    member.previous = undefined;
    member.next = undefined;
    this.#length--;
  }

  shift(): N | undefined {
    const head = this.#head;
    if (head !== undefined) this.remove(head);
    return head;
  }
}
