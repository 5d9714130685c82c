import { describe, expect, it } from 'vitest';
import { insteadOf } from './addresses.ts';

describe('dimensions of whole addresses', () => {
  it.each([
    ['pageLocation', 'pagePath, and hostName'],
    ['fullPageUrl', 'pagePath, and hostName'],
    ['pagePathPlusQueryString', 'pagePath, and hostName'],
    ['landingPagePlusQueryString', 'landingPage'],
    ['pageReferrer', 'sessionSource'],
    ['linkUrl', 'linkDomain'],
    ['videoUrl', 'pagePath, and hostName'],
    ['customEvent:page_location', 'pagePath, and hostName'],
    ['customUser:signupURL', 'pagePath, and hostName'],
  ])('%s has something in its place: %s', (name, instead) => {
    expect(insteadOf(name)).toBe(instead);
  });

  it.each([
    'pagePath',
    'hostName',
    'landingPage',
    'linkDomain',
    'sessionSource',
    'unifiedPagePathScreen',
    'newVsReturning',
    'customEvent:level',
  ])('%s is taken', (name) => {
    expect(insteadOf(name)).toBeUndefined();
  });
});
