import {
  AtolOperator,
  type AtolOperatorOptions,
} from '../../../../functions/kinds/receipts/simulator/atol-operator.ts';
import { OfdOperator, type OfdOperatorOptions } from '../../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { MemoryDynamoDb } from '../../../support/memory-dynamodb/memory-dynamodb.ts';
import { SteppingClock } from './stepping-clock.ts';
import { type RegisterOptions, TestRegister } from './test-register.ts';

type Extra = Partial<Omit<RegisterOptions, 'clock' | 'operator' | 'provider'>>;

function around(clock: SteppingClock) {
  const dynamo = new MemoryDynamoDb({ now: () => clock.now() });
  return { clock, dynamo, data: { client: dynamo.client, tableName: dynamo.tables.data } };
}

/** A register at a simulated synchronous operator. */
export function anOfdRegister(operatorOptions: Partial<OfdOperatorOptions> = {}, extra: Extra = {}) {
  const { clock, dynamo, data } = around(new SteppingClock());
  const operator = new OfdOperator({ clock, ...operatorOptions });
  return { clock, dynamo, operator, register: new TestRegister({ data, ...extra, operator, clock, provider: 'ofd' }) };
}

/** A register at a simulated ATOL Online. */
export function anAtolRegister(operatorOptions: Partial<AtolOperatorOptions> = {}, extra: Extra = {}) {
  const { clock, dynamo, data } = around(new SteppingClock());
  const operator = new AtolOperator({ clock, ...operatorOptions });
  return { clock, dynamo, operator, register: new TestRegister({ data, ...extra, operator, clock, provider: 'atol' }) };
}
