// Ours, and narrow: what the files of docs/run-it say, as their vendors document it, and no other key.

function closed(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

function list(items: object) {
  return { type: 'array', minItems: 1, items };
}

const text = { type: 'string', minLength: 1 };
const whole = { type: 'integer', minimum: 0 };
const secretName = { type: 'string', pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$' };
const resource = { type: 'string', pattern: '^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+/[^/]+/[^/]+$' };

/** A scheduled job: https://learn.microsoft.com/azure/templates/microsoft.app/jobs */
export const azureJob = closed({
  location: text,
  identity: closed({
    type: { const: 'UserAssigned' },
    userAssignedIdentities: { type: 'object', propertyNames: resource, additionalProperties: closed({}), minProperties: 1 },
  }),
  properties: closed({
    environmentId: resource,
    configuration: closed({
      triggerType: { const: 'Schedule' },
      scheduleTriggerConfig: closed({
        cronExpression: { type: 'string', pattern: '^\\S+( \\S+){4}$' },
        parallelism: whole,
        replicaCompletionCount: whole,
      }),
      replicaTimeout: whole,
      replicaRetryLimit: whole,
      registries: list(closed({ server: text, identity: resource })),
      secrets: list(
        closed({
          name: secretName,
          keyVaultUrl: { type: 'string', pattern: '^https://[a-z0-9-]+\\.vault\\.azure\\.net/secrets/[A-Za-z0-9-]+$' },
          identity: resource,
        }),
      ),
    }),
    template: closed({
      containers: list(
        closed({
          name: text,
          image: text,
          args: list(text),
          env: list({
            oneOf: [closed({ name: text, secretRef: secretName }), closed({ name: text, value: text })],
          }),
          resources: closed({ cpu: { type: 'number' }, memory: { type: 'string', pattern: '^[0-9.]+Gi$' } }),
        }),
      ),
    }),
  }),
});

/** https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources */
export const grafanaDatasources = closed({
  apiVersion: { const: 1 },
  datasources: list(
    closed({
      name: text,
      uid: text,
      type: text,
      access: { enum: ['proxy', 'direct'] },
      url: text,
      isDefault: { type: 'boolean' },
      jsonData: closed({ version: { const: 'Flux' }, organization: text, defaultBucket: text, httpMode: { enum: ['GET', 'POST'] } }),
      secureJsonData: closed({ token: { type: 'string', pattern: '^\\$__file\\{/run/secrets/[a-z-]+\\}$' } }),
    }),
  ),
});

/** https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards */
export const grafanaDashboards = closed({
  apiVersion: { const: 1 },
  providers: list(closed({ name: text, type: { const: 'file' }, allowUiUpdates: { type: 'boolean' }, options: closed({ path: text }) })),
});
