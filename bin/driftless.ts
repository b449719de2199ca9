import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Configuration, readConfiguration } from '../lib/configuration.ts';
import { DriftlessStack } from '../lib/driftless-stack.ts';

const app = new App();
const configuration = settingsOf(app);
new DriftlessStack(app, configuration.prefix, configuration);
// What it asks for first, TLS everywhere, is what an emulator does not have.
if (!configuration.local) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

/** What is wrong with them is for the person who deploys: words, and no stack. */
function settingsOf(app: App): Configuration {
  try {
    return readConfiguration(app.node.getAllContext(), process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
