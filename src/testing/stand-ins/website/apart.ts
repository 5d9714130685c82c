import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type SiteOptions, startSite } from './site.ts';

/** Starts a site in a thread of its own: it answers in time while the thread that asks is blocked or busy. */
export async function startSiteApart(options: SiteOptions = {}): Promise<{ readonly url: string; close(): Promise<void> }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { siteApart: options } });
  const [url] = await once(worker, 'message');
  return {
    url,
    async close() {
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort && workerData?.siteApart) {
  const site = await startSite(workerData.siteApart);
  parentPort.postMessage(site.url);
}
