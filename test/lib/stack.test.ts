// One file for vitest: it loads the CDK anew for each, which takes longer than all the rules together.
import './resources.rules.ts';
import './observability.rules.ts';
import './nag.rules.ts';
