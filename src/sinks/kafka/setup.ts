import type { Setup } from '../../sdk/index.ts';
import { compressions, mechanisms } from './settings.ts';

const named = mechanisms.filter((one) => one !== 'none');

/** What `kpi init` asks for Kafka. */
export const setup: Setup = {
  questions: [
    { setting: 'brokers[]', ask: 'Kafka: its brokers', example: 'kafka.example.com:9092' },
    { setting: 'topic', ask: 'Kafka: the topic', default: 'kpi' },
    { setting: 'compression', ask: 'How are messages compressed?', choices: compressions },
    { setting: 'sasl', ask: 'How does kpi say to Kafka who it is?', choices: mechanisms },
    { setting: 'username', ask: 'Kafka: the user', example: 'kpi', when: { setting: 'sasl', is: named } },
  ],
  secrets: [
    {
      setting: 'password',
      variable: 'KAFKA_PASSWORD',
      what: 'the password of a user of Kafka',
      // https://kafka.apache.org/documentation/#operations_in_kafka
      scope: 'to describe the topic and to write to it; for `kpi db init`, to create it; for `kpi relay`, to read it and the group',
      when: { setting: 'sasl', is: named },
    },
  ],
};
