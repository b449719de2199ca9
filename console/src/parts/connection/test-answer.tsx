import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TestAnswer } from '../../api/types.ts';
import { humanized, took } from '../format.ts';
import { isRecord } from '../schema-form/field-props.ts';

/** What a provider answered to a test. */
export function TestAnswerView({ answer }: { readonly answer: TestAnswer }) {
  const { ok, detail, latencyMs } = answer;
  return (
    <Alert
      type={ok ? 'success' : 'error'}
      header={ok ? `The connection works (${took(latencyMs)})` : `The connection does not work (${took(latencyMs)})`}
    >
      {isRecord(detail) ? <Facts facts={detail} /> : <Box>{detail === null ? 'No details.' : String(detail)}</Box>}
    </Alert>
  );
}

function Facts({ facts }: { readonly facts: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  const short = entries.filter(([, value]) => typeof value !== 'object');
  const problems = Array.isArray(facts.problems) ? facts.problems.map(String) : [];
  const long = entries.filter(([name, value]) => typeof value === 'object' && name !== 'problems');
  return (
    <SpaceBetween size="s">
      {problems.length > 0 && (
        <ul className="problems">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      {short.length > 0 && (
        <KeyValuePairs
          columns={2}
          items={short.map(([name, value]) => ({ label: humanized(name), value: yesNo(value) }))}
        />
      )}
      {long.map(([name, value]) => (
        <ExpandableSection key={name} headerText={humanized(name)}>
          <pre className="json">{JSON.stringify(value, null, 2)}</pre>
        </ExpandableSection>
      ))}
    </SpaceBetween>
  );
}

const yesNo = (value: unknown): string => (value === true ? 'Yes' : value === false ? 'No' : String(value));
