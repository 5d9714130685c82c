import type { Setup } from '../../sdk/index.ts';

/** What `kpi init` asks for Google Analytics. */
export const setup: Setup = {
  questions: [
    { setting: 'properties[]', ask: 'Google Analytics: numbers of the GA4 properties (Admin → Property details)', example: '123456789' },
  ],
  secrets: [
    {
      setting: 'credentials',
      variable: 'GOOGLE_ANALYTICS_CREDENTIALS',
      what: "a service account's key of Google Cloud, as JSON",
      // https://developers.google.com/analytics/devguides/reporting/data/v1/quickstart-client-libraries
      scope:
        'the Google Analytics Data API enabled in its project, and the role Viewer on each property for its e-mail address; no role in the project',
      url: 'https://console.cloud.google.com/iam-admin/serviceaccounts',
    },
  ],
};
