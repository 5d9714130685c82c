/** The parameters that Mailchimp documents of a GET, besides `fields` and `exclude_fields`. */
const paging = ['count', 'offset'];

/** One endpoint as Mailchimp's schema has it (3.0.91): its parameters, where its items are, and their properties. */
export interface Endpoint {
  readonly path: RegExp;
  readonly parameters: readonly string[];
  readonly property: string;
  readonly fields: readonly string[];
}

function under(parent: string, ...names: readonly string[]): readonly string[] {
  return names.map((name) => `${parent}.${name}`);
}

/** https://mailchimp.com/developer/marketing/api/lists/get-lists-info/ */
export const lists: Endpoint = {
  path: /^\/3\.0\/lists$/,
  parameters: [
    ...[...paging, 'before_date_created', 'since_date_created', 'before_campaign_last_sent', 'since_campaign_last_sent'],
    ...['email', 'sort_field', 'sort_dir', 'has_ecommerce_store', 'include_total_contacts'],
  ],
  property: 'lists',
  fields: [
    ...['id', 'web_id', 'name', 'permission_reminder', 'use_archive_bar', 'notify_on_subscribe', 'notify_on_unsubscribe', 'date_created'],
    ...['list_rating', 'email_type_option', 'subscribe_url_short', 'subscribe_url_long', 'beamer_address', 'visibility', 'double_optin'],
    ...['has_welcome', 'marketing_permissions', 'modules', '_links'],
    ...under('contact', 'company', 'address1', 'address2', 'city', 'state', 'zip', 'country', 'phone'),
    ...under('campaign_defaults', 'from_name', 'from_email', 'subject', 'language'),
    ...under('stats', 'member_count', 'total_contacts', 'unsubscribe_count', 'cleaned_count', 'member_count_since_send'),
    ...under('stats', 'unsubscribe_count_since_send', 'cleaned_count_since_send', 'campaign_count', 'campaign_last_sent'),
    ...under('stats', 'merge_field_count', 'avg_sub_rate', 'avg_unsub_rate', 'target_sub_rate', 'open_rate', 'click_rate'),
    ...under('stats', 'last_sub_date', 'last_unsub_date'),
  ],
};

/** https://mailchimp.com/developer/marketing/api/list-activity/list-recent-activity/ */
export const activity: Endpoint = {
  path: /^\/3\.0\/lists\/(\w+)\/activity$/,
  parameters: paging,
  property: 'activity',
  fields: [
    ...['day', 'emails_sent', 'unique_opens', 'recipient_clicks', 'hard_bounce', 'soft_bounce', 'subs', 'unsubs', 'other_adds'],
    ...['other_removes', '_links'],
  ],
};

/** https://mailchimp.com/developer/marketing/api/list-growth-history/list-growth-history-data/ */
export const growth: Endpoint = {
  path: /^\/3\.0\/lists\/(\w+)\/growth-history$/,
  parameters: [...paging, 'sort_field', 'sort_dir'],
  property: 'history',
  fields: [
    ...['list_id', 'month', 'existing', 'imports', 'optins', 'subscribed', 'unsubscribed', 'reconfirm', 'cleaned', 'pending', 'deleted'],
    ...['transactional', '_links'],
  ],
};

/** https://mailchimp.com/developer/marketing/api/reports/list-campaign-reports/ */
export const reports: Endpoint = {
  path: /^\/3\.0\/reports$/,
  parameters: [...paging, 'type', 'before_send_time', 'since_send_time'],
  property: 'reports',
  fields: [
    ...['id', 'campaign_title', 'type', 'list_id', 'list_is_active', 'list_name', 'subject_line', 'preview_text', 'emails_sent'],
    ...['abuse_reports', 'unsubscribed', 'send_time', 'rss_last_send', 'timeseries', 'timewarp', 'ab_split', '_links'],
    ...under('bounces', 'hard_bounces', 'soft_bounces', 'syntax_errors'),
    ...under('forwards', 'forwards_count', 'forwards_opens'),
    ...under('opens', 'opens_total', 'unique_opens', 'open_rate', 'last_open'),
    ...under('clicks', 'clicks_total', 'unique_clicks', 'unique_subscriber_clicks', 'click_rate', 'last_click'),
    ...under('facebook_likes', 'recipient_likes', 'unique_likes', 'facebook_likes'),
    ...under('industry_stats', 'type', 'open_rate', 'click_rate', 'bounce_rate', 'unopen_rate', 'unsub_rate', 'abuse_rate'),
    ...under('list_stats', 'sub_rate', 'unsub_rate', 'open_rate', 'click_rate'),
    ...under('share_report', 'share_url', 'share_password'),
    ...under('ecommerce', 'total_orders', 'total_spent', 'total_revenue', 'currency_code'),
    ...under('delivery_status', 'enabled', 'can_cancel', 'status', 'emails_sent', 'emails_canceled'),
  ],
};

/** https://mailchimp.com/developer/marketing/api/automation/list-automations/ */
export const automations: Endpoint = {
  path: /^\/3\.0\/automations$/,
  parameters: [...paging, 'before_create_time', 'since_create_time', 'before_start_time', 'since_start_time', 'status'],
  property: 'automations',
  fields: [
    ...['id', 'create_time', 'start_time', 'status', 'emails_sent', 'trigger_settings', '_links'],
    ...under('recipients', 'list_id', 'list_is_active', 'list_name', 'segment_opts', 'store_id'),
    ...under('settings', 'title', 'from_name', 'reply_to', 'use_conversation', 'to_name', 'authenticate', 'auto_footer', 'inline_css'),
    ...under('tracking', 'opens', 'html_clicks', 'text_clicks', 'goal_tracking', 'ecomm360', 'google_analytics', 'clicktale'),
    ...under('report_summary', 'opens', 'unique_opens', 'open_rate', 'clicks', 'subscriber_clicks', 'click_rate'),
  ],
};
