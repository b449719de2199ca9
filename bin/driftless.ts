import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfiguration } from '../lib/configuration.ts';
import { DriftlessStack } from '../lib/driftless-stack.ts';

const app = new App();
const configuration = readConfiguration(app.node.getAllContext(), process.env);
new DriftlessStack(app, configuration.prefix, configuration);
// What it asks for first, TLS everywhere, is what an emulator does not have.
if (!configuration.local) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
