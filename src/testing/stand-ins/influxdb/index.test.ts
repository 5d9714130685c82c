import { describe, expect, it, onTestFinished } from 'vitest';
import { type InfluxOptions, startInflux } from './index.ts';

async function server(options: InfluxOptions) {
  const standIn = await startInflux({ org: 'o', bucket: 'b', ...options });
  onTestFinished(() => standIn.close());
  const write = (body: string, query = 'org=o&bucket=b&precision=ms') =>
    fetch(`${standIn.url}/api/v2/write?${query}`, { method: 'POST', body }).then(async (answer) => ({
      status: answer.status,
      body: await answer.text(),
    }));
  return { standIn, write };
}

describe('the InfluxDB stand-in', () => {
  it('overwrites field by field, where VictoriaMetrics keeps each line', async () => {
    const lines = ['m,t=a v=1,w=1 5', 'm,t=a v=2 5'];
    for (const [name, fields] of [
      ['influxdb2', [{ v: 2, w: 1 }]],
      ['influxdb3', [{ v: 2, w: 1 }]],
      ['victoriametrics', [{ v: 1, w: 1 }, { v: 2 }]],
    ] as const) {
      const { standIn, write } = await server({ server: name });
      expect(await write(lines.join('\n'))).toEqual({ status: 204, body: '' });
      expect(standIn.rows().map((row) => row.fields)).toEqual(fields);
    }
  });

  it('takes a line that cannot be read as each server does', async () => {
    const body = 'm v=1 5\nm v= 6\nm v=3 7';
    const two = await server({ server: 'influxdb2' });
    expect(await two.write(body)).toMatchObject({ status: 400, body: expect.stringContaining('unable to parse') });
    expect(two.standIn.rows()).toHaveLength(0);
    const three = await server({ server: 'influxdb3' });
    expect(JSON.parse((await three.write(body)).body)).toMatchObject({ data: [{ line_number: 2, original_line: 'm v= 6' }] });
    expect(three.standIn.rows()).toHaveLength(2);
    const vm = await server({ server: 'victoriametrics' });
    expect((await vm.write(body)).status).toBe(204);
    expect([vm.standIn.rows().length, vm.standIn.dropped]).toEqual([2, ['m v= 6']]);
  });

  it('refuses a field of another type, and stores the rest', async () => {
    const { standIn, write } = await server({ server: 'influxdb2' });
    await write('m v=1 5');
    expect(await write('m v="x" 6\nm w=1 7')).toMatchObject({ status: 422, body: expect.stringContaining('field type conflict') });
    expect(standIn.rows()).toHaveLength(2);
  });

  it('knows its token, organisation and bucket', async () => {
    const { write } = await server({ server: 'influxdb2', token: 'secret' });
    expect((await write('m v=1 5')).status).toBe(401);
    const open = await server({ server: 'influxdb2' });
    expect((await open.write('m v=1 5', 'org=x&bucket=b&precision=ms')).body).toContain('organization name \\"x\\" not found');
    expect((await open.write('m v=1 5', 'org=o&bucket=x&precision=ms')).body).toContain('bucket \\"x\\" not found');
  });
});
