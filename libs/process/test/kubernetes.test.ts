import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import {
  PodMonitor,
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { STOP_WITHIN_MS } from '../src/lifecycle.ts';
import { HEAP_FLAGS } from '../src/node-limits.ts';
import { settings } from '../src/settings.ts';

const top = join(import.meta.dirname, '../../..');
const folder = join(top, 'infra/kubernetes');
const text = (path: string) => readFileSync(join(top, path), 'utf8');

const manifest = z.looseObject({ apiVersion: z.string(), kind: z.string() });
const named = manifest.extend({ metadata: z.looseObject({ name: z.string() }) });

const kinds = {
  ...{ ConfigMap, Deployment, Job, NetworkPolicy, PersistentVolumeClaim, PodDisruptionBudget, Service },
  ...{ PodMonitor, PrometheusRule, ScaledObject, ServiceMonitor },
};

const parts = ['base', 'monitoring', 'autoscaling'];
const kustomizations = parts.map((part) => ({
  part,
  content: z
    .looseObject({ resources: z.array(z.string()) })
    .parse(parse(readFileSync(join(folder, part, 'kustomization.yaml'), 'utf8'))),
}));
const manifests = kustomizations.flatMap(({ part, content }) =>
  content.resources.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, part, file), 'utf8')).map((document) => {
      expect(document.errors).toEqual([]);
      return named.parse(document.toJS());
    }),
  ),
);
const ofKind = (kind: string) => manifests.filter((one) => one.kind === kind);

/** The object, and a record of which of its properties were looked at. What a schema knows, its check looks at. */
function watched(value: unknown, path: string, seen: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const below = `${path}/${String(key)}`;
      seen.add(below);
      return watched(Reflect.get(target, key), below, seen);
    },
  });
}

/** The paths of all properties. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    `${path}/${key}`,
    ...pathsOf(below, `${path}/${key}`),
  ]);
}

/** What is wrong with a manifest: what its schema refuses, and what the schema does not know. */
function faultsOf(one: z.infer<typeof manifest>): string[] {
  const model = Object.entries(kinds).find(([kind]) => kind === one.kind)?.[1];
  if (model === undefined) return [`no schema for ${one.kind}`];
  const seen = new Set<string>();
  try {
    // The check of the class, without its constructor, which would look at everything.
    Reflect.apply(model.prototype.validate, watched(one, '', seen), []);
  } catch (error) {
    return [String(error)];
  }
  return pathsOf(one).filter((path) => !seen.has(path));
}

const pod = z.looseObject({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    terminationGracePeriodSeconds: z.number(),
    automountServiceAccountToken: z.literal(false),
    securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.literal(1000) }),
    containers: z.tuple([
      z.looseObject({
        name: z.string(),
        image: z.literal('sluice'),
        command: z.array(z.string()),
        env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
        envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
        ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
        securityContext: z.looseObject({
          allowPrivilegeEscalation: z.literal(false),
          readOnlyRootFilesystem: z.literal(true),
          capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
        }),
        resources: z.looseObject({ limits: z.object({ memory: z.string() }), requests: z.looseObject({}) }),
        volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
      }),
    ]),
    volumes: z.array(
      z.looseObject({ name: z.string(), secret: z.looseObject({ secretName: z.string() }).optional() }),
    ),
  }),
});

const pods = [...ofKind('Deployment'), ...ofKind('Job')].map((one) => {
  const { spec } = z.looseObject({ spec: z.looseObject({ template: pod }) }).parse(one);
  return {
    name: one.metadata.name,
    spec,
    template: spec.template,
    container: spec.template.spec.containers[0],
  };
});
const configMap = z
  .looseObject({ data: z.record(z.string(), z.string()) })
  .parse(ofKind('ConfigMap')[0]).data;

describe('the manifests for Kubernetes', () => {
  it('fit the schemas of their kinds, and have no word that a schema does not know', () => {
    const faults = manifests.map((one) => [`${one.kind} ${one.metadata.name}`, faultsOf(one)]);
    expect(faults.filter(([, wrong]) => wrong?.length !== 0)).toEqual([]);
    const wrong = { ...ofKind('Deployment')[0], apiVersion: 'apps/v1', kind: 'Deployment' };
    expect(faultsOf({ ...wrong, spec: { replicas: 'two' } })).not.toEqual([]);
    const { spec } = z.looseObject({ spec: z.looseObject({}) }).parse(wrong);
    expect(faultsOf({ ...wrong, spec: { ...spec, replica: 2 } })).toEqual(['/spec/replica']);
  });

  it('are all named by the kustomization of their folder, and hold no secret', () => {
    for (const { part, content } of kustomizations) {
      const files = readdirSync(join(folder, part)).filter((name) => name.endsWith('.yaml'));
      expect([...content.resources, 'kustomization.yaml'].sort()).toEqual(files.sort());
    }
    expect(ofKind('Secret')).toEqual([]);
    expect(manifests.map(({ kind, metadata: { name } }) => `${kind} ${name}`).sort()).toEqual([
      ...['ConfigMap sluice-settings', 'Deployment sluice-dashboard', 'Deployment sluice-watcher'],
      ...['Deployment sluice-worker', 'Job sluice-migrate', 'NetworkPolicy sluice'],
      ...[
        'NetworkPolicy sluice-dashboard',
        'NetworkPolicy sluice-process',
        'PersistentVolumeClaim sluice-data',
      ],
      ...['PodDisruptionBudget sluice-worker', 'PodMonitor sluice-process', 'PrometheusRule sluice'],
      ...['ScaledObject sluice-worker', 'Service sluice-dashboard', 'ServiceMonitor sluice-dashboard'],
    ]);
    expect(readdirSync(join(folder, 'base/feeds'))).toEqual(['events.yaml']);
    expect(text('infra/kubernetes/base/feeds/events.yaml')).toBe(text('config/feeds/events.yaml'));
    expect(parse(text('infra/kubernetes/monitoring/rules.yaml')).spec).toEqual(
      parse(text('infra/monitoring/alerts.yml')),
    );
  });

  it('set only what are settings, and read each secret where it is mounted', () => {
    const known = settings.flatMap(({ env, secret }) =>
      secret === undefined ? [env] : [env, `${env}_FILE`],
    );
    for (const { name, container, template } of pods) {
      const env = Object.fromEntries(container.env.map((one) => [one.name, one.value]));
      const all = container.envFrom.length === 0 ? env : { ...configMap, ...env };
      expect(Object.keys(all).filter((one) => !known.includes(one))).toEqual([]);
      const places = container.volumeMounts.filter(({ name: mount }) =>
        template.spec.volumes.some((one) => one.name === mount && one.secret !== undefined),
      );
      for (const path of Object.values(all).filter((value) => value.startsWith('/run/secrets/')))
        expect({
          name,
          path,
          mounted: places.some(({ mountPath }) => path.startsWith(`${mountPath}/`)),
        }).toEqual({ name, path, mounted: true });
    }
    const secretsOf = (name: string) =>
      pods
        .find((one) => one.name === name)
        ?.template.spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []);
    expect(secretsOf('sluice-migrate')).toEqual(['sluice-owner']);
    expect(secretsOf('sluice-worker')).toEqual(['sluice']);
    expect(secretsOf('sluice-dashboard')).toEqual(['sluice', 'sluice-dashboard']);
  });

  it('start each app as npm does, on the ports that its settings give, and ask its probes there', () => {
    const commands = Object.fromEntries(
      pods.map(({ name, container }) => [name, container.command.join(' ')]),
    );
    expect(commands).toEqual({
      'sluice-watcher': `node ${HEAP_FLAGS.join(' ')} apps/watcher/src/main.ts`,
      'sluice-worker': `node ${HEAP_FLAGS.join(' ')} apps/worker/src/main.ts`,
      'sluice-dashboard':
        'node --max-old-space-size=192 --disable-warning=ExperimentalWarning apps/dashboard/src/main.ts',
      'sluice-migrate': 'node apps/cli/src/main.ts migrate',
    });
    for (const { name, container } of pods) {
      if (name === 'sluice-migrate') continue;
      const web = name === 'sluice-dashboard';
      const port = web
        ? container.env.find((one) => one.name === 'DASHBOARD_PORT')?.value
        : configMap.METRICS_PORT;
      const [{ name: portName }] = z.tuple([z.object({ name: z.string() }).loose()]).parse(container.ports);
      expect(container.ports).toEqual([{ name: web ? 'http' : 'metrics', containerPort: Number(port) }]);
      const at = (path: string) => expect.objectContaining({ httpGet: { path, port: portName } });
      expect(container).toMatchObject({
        ...{ startupProbe: at('/livez'), livenessProbe: at('/livez'), readinessProbe: at('/readyz') },
      });
    }
    expect(configMap.METRICS_HOST).toBe('0.0.0.0');
  });

  it('give a process the time that it takes to stop, and replace it only when the next one is ready', () => {
    for (const { name, spec, template } of pods) {
      expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(STOP_WITHIN_MS);
      if (name !== 'sluice-migrate')
        expect(spec).toMatchObject({ strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } });
    }
    expect(text('docker-compose.yml')).toContain('  stop_grace_period: 30s\n');
  });

  it('select pods that are there, and monitors ask with the token of the Secret', () => {
    const names = pods.map(({ template }) => template.metadata.labels['app.kubernetes.io/name']);
    const asked = [...JSON.stringify(manifests).matchAll(/"app\.kubernetes\.io\/name":"(\w+)"/g)].map(
      ([, n]) => n,
    );
    expect([...new Set(asked)].sort()).toEqual(names.toSorted());
    for (const one of [...ofKind('ServiceMonitor'), ...ofKind('PodMonitor')])
      expect(JSON.stringify(one)).toContain('"credentials":{"name":"sluice","key":"metrics-token"}');
    expect(configMap.METRICS_TOKEN_FILE).toBe('/run/secrets/sluice/metrics-token');
    expect(JSON.stringify(ofKind('ServiceMonitor'))).toContain('"port":"http"');
    expect(JSON.stringify(ofKind('PodMonitor'))).toContain('"port":"metrics"');
  });

  it('scale workers by all work that is on its way, and keep some where that is not known', () => {
    const [scaler] = ofKind('ScaledObject');
    expect(scaler).toMatchObject({
      spec: {
        scaleTargetRef: { name: 'sluice-worker' },
        minReplicaCount: 0,
        fallback: { replicas: 2 },
        triggers: [{ type: 'prometheus', metadata: { activationThreshold: '0', ignoreNullValues: 'false' } }],
      },
    });
    for (const figure of ['sluice_open_files', 'sluice_staged_records', 'sluice_jobs{queue="insert"'])
      expect(JSON.stringify(scaler)).toContain(figure.replaceAll('"', '\\"'));
    expect(text('infra/kubernetes/autoscaling/kustomization.yaml')).toContain(
      '{ op: remove, path: /spec/replicas }',
    );
  });
});
