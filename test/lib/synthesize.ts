import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { readConfiguration } from '../../lib/configuration.ts';
import { DriftlessStack } from '../../lib/driftless-stack.ts';

// The CDK's own check of the template takes seconds; every real synth, and so the emulator suite, makes it.
process.env.CDK_VALIDATION = 'false';

const ROOT = join(import.meta.dirname, '..', '..');
const { context: flags } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };

/** A console that was built, whether or not the real one is. */
const consoleDist = mkdtempSync(join(tmpdir(), 'driftless-console-'));
writeFileSync(join(consoleDist, 'index.html'), '<!doctype html>');
afterAll(() => rmSync(consoleDist, { recursive: true }));

export interface Synthesized {
  readonly app: App;
  readonly stack: DriftlessStack;
  readonly template: Template;
}

/** The stack as bin/driftless.ts makes it, with the settings given; without bundling, which only takes time here. */
export function synthesize(settings: Readonly<Record<string, unknown>> = {}): Synthesized {
  const key = JSON.stringify(settings);
  const made = synthesized.get(key) ?? make(settings);
  synthesized.set(key, made);
  return made;
}

const synthesized = new Map<string, Synthesized>();

function make(settings: Readonly<Record<string, unknown>>): Synthesized {
  const app = new App({ context: { ...flags, 'aws:cdk:bundling-stacks': [] } });
  const configuration = readConfiguration({ consoleDist, ...settings }, { CDK_DEFAULT_ACCOUNT: '123456789012' });
  const stack = new DriftlessStack(app, configuration.prefix, configuration);
  return { app, stack, template: Template.fromStack(stack) };
}

/** A resource of the template, as far as the rules look at it. */
export interface Resource {
  readonly id: string;
  readonly properties: Json;
}

/** A template is any JSON. */
type Json = ReturnType<typeof JSON.parse>;

export function resourcesOf(template: Template, type: string): readonly Resource[] {
  return Object.entries(template.findResources(type)).map(([id, { Properties }]) => ({ id, properties: Properties }));
}

export const textOf = (value: unknown): string => JSON.stringify(value);
