import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfiguration } from '../lib/configuration.ts';
import { DriftlessStack } from '../lib/driftless-stack.ts';

const app = new App();
const configuration = readConfiguration(app.node.getAllContext(), process.env);
new DriftlessStack(app, configuration.prefix, configuration);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
