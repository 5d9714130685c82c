import type { AnyProvider } from '../sdk/provider.ts';

/** Every provider by its name. Nothing is loaded until it is asked for. */
export const providers: Readonly<Record<string, () => Promise<AnyProvider>>> = {
  github: async () => (await import('./github/index.ts')).github,
  'google-analytics': async () => (await import('./google-analytics/index.ts')).googleAnalytics,
  mailchimp: async () => (await import('./mailchimp/index.ts')).mailchimp,
  nuget: async () => (await import('./nuget/index.ts')).nuget,
  reddit: async () => (await import('./reddit/index.ts')).reddit,
  sdkbin: async () => (await import('./sdkbin/index.ts')).sdkbin,
  stackoverflow: async () => (await import('./stackoverflow/index.ts')).stackoverflow,
  website: async () => (await import('./website/index.ts')).website,
};
