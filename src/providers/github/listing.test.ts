import { describe, expect, it } from 'vitest';
import { createTestContext } from '../../testing/context.ts';
import { github } from './index.ts';
import { createListing } from './listing.ts';

function bench() {
  return createTestContext(github, { token: 'ghp_0123456789', orgs: [{ name: 'acme' }] });
}

function page(names: readonly (string | null)[], totalCount: number, endCursor: string | null = null) {
  const nodes = names.map((name) => (name === null ? null : { nameWithOwner: `acme/${name}` }));
  return { totalCount, nodes, pageInfo: { hasNextPage: endCursor !== null, endCursor } };
}

describe('createListing', () => {
  it('reads page after page, and leaves out what is excluded', () => {
    const { context, problems, notices } = bench();
    const listing = createListing('Acme', ['B']);
    const first = page(['a', 'b'], 3, 'x');
    expect(listing.take(first, [], context).map(({ name }) => name)).toEqual(['acme/a']);
    expect(listing.advance(first, context)).toBe(true);
    expect(listing.after).toBe('x');
    const second = page(['c'], 3);
    expect(listing.take(second, [], context).map(({ name }) => name)).toEqual(['acme/c']);
    expect(listing.advance(second, context)).toBe(false);
    expect({ problems, notices, count: listing.count }).toEqual({ problems: [], notices: [], count: 3 });
    expect(listing.has('ACME/b')).toBe(true);
    expect(listing.has('acme/d')).toBe(false);
  });

  it('says that the list is short', () => {
    const { context, problems } = bench();
    const listing = createListing('acme', []);
    const only = page(['a'], 3);
    listing.take(only, [], context);
    expect(listing.advance(only, context)).toBe(false);
    expect(problems).toEqual([
      { item: 'acme', kind: 'incomplete', message: 'GitHub says that acme has 3 repositories, and listed 1: the rest is missing' },
    ]);
  });

  it('says that a page came twice, though nothing is missing', () => {
    const { context, problems } = bench();
    const listing = createListing('acme', []);
    for (const one of [page(['a', 'b'], 3, 'x'), page(['a', 'b'], 3, 'y'), page(['c'], 3)]) {
      listing.take(one, [], context);
      listing.advance(one, context);
    }
    expect(problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['invalid-answer', 'GitHub listed 2 repositories of acme twice: each was collected once'],
    ]);
  });

  it('ends where the cursor repeats, or is missing', () => {
    for (const [cursors, message] of [
      [['x', 'x'], "GitHub's list of what acme has came back to where it was before: the rest is missing"],
      [[null], "GitHub's list of what acme has goes on, but does not say where: the rest is missing"],
    ] as const) {
      const { context, problems } = bench();
      const listing = createListing('acme', []);
      const went = cursors.map((endCursor, index) => {
        const one = { ...page([`r${index}`], 9), pageInfo: { hasNextPage: true, endCursor } };
        listing.take(one, [], context);
        return listing.advance(one, context);
      });
      expect(went.at(-1)).toBe(false);
      expect(problems).toEqual([{ item: 'acme', kind: 'incomplete', message }]);
    }
  });

  it('ends where three pages bring nothing new', () => {
    const { context, problems } = bench();
    const listing = createListing('acme', []);
    const went = [];
    for (let number = 0; number < 4; number += 1) {
      const one = page(['a'], 1, `cursor ${number}`);
      listing.take(one, [], context);
      went.push(listing.advance(one, context));
    }
    expect(went).toEqual([true, true, true, false]);
    expect(problems[0]?.message).toContain('brought nothing new on 3 pages');
  });

  it('ends where there is far more than there should be', () => {
    const { context, problems } = bench();
    const listing = createListing('acme', []);
    let pages = 0;
    for (let goes = true; goes && pages < 100; pages += 1) {
      const names = Array.from({ length: 100 }, (_, index) => `r${pages}-${index}`);
      const one = page(names, 250, `cursor ${pages}`);
      listing.take(one, [], context);
      goes = listing.advance(one, context);
    }
    expect(pages).toBe(4);
    expect(problems[0]?.message).toBe("GitHub's list of what acme has does not end after the 250 that there should be");
  });

  it('counts what came without a name, with the reason', () => {
    const { context, problems } = bench();
    const listing = createListing('acme', []);
    const only = page(['a', null], 2);
    const path = ['owner', 'repositories', 'nodes', 1];
    expect(listing.take(only, [{ message: 'SAML', type: 'FORBIDDEN', path }], context)).toHaveLength(1);
    expect(listing.advance(only, context)).toBe(false);
    expect(problems).toEqual([{ item: 'acme #2', kind: 'forbidden', message: 'GitHub refuses repository 2 of acme to the token: SAML' }]);
  });
});
