import { OfdOperator } from '../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { serve } from '../../functions/kinds/receipts/simulator/operator.ts';
import type { DemoApi } from './demo-api.ts';
import { ensureIntegration, type StartDemoPart } from './demo-fleet.ts';

const TOKEN = 'ofd-simulated-token-0001';
const GOODS = [
  { name: 'Lens cleaner', price: 149.9 },
  { name: 'Reading glasses', price: 1290 },
  { name: 'Case', price: 350.5 },
  { name: 'Contact lenses, 6 pcs', price: 1875.25 },
] as const;
const FIRST_RECEIPTS = 5;
const SALE_EVERY_MS = 20_000;

/** A shop that sells something every twenty seconds, and the operator its receipts go to. */
export const startDemoReceipts: StartDemoPart = async (clock) => {
  const server = await serve(new OfdOperator({ clock, token: TOKEN }));
  let selling: NodeJS.Timeout | undefined;
  return {
    async connect(api) {
      const { id } = await ensureIntegration(
        {
          name: 'Shop register 1',
          kind: 'receipts',
          provider: 'ofd',
          baseUrl: server.url,
          config: { statusPath: '/ofd/v1/receipt/{key}' },
          credentials: { token: TOKEN },
        },
        api,
      );
      for (let i = 0; i < FIRST_RECEIPTS; i++) await sell(id, i, clock.now(), api);
      let sales = FIRST_RECEIPTS;
      selling = setInterval(() => {
        // A sale that could not be taken is no reason to end the demo; the next customer comes.
        sell(id, sales++, clock.now(), api).catch(() => undefined);
      }, SALE_EVERY_MS);
      selling.unref();
    },
    async close() {
      clearInterval(selling);
      await server.close();
    },
  };
};

async function sell(integrationId: string, sale: number, now: number, api: DemoApi): Promise<void> {
  const { name, price } = GOODS[sale % GOODS.length] ?? GOODS[0];
  const quantity = 1 + (sale % 3);
  const total = Math.round(price * quantity * 100) / 100;
  await api.call(
    'POST',
    `/v1/kkt/receipt?integrationId=${integrationId}`,
    {
      type: 'sale',
      items: [{ name, price, quantity, total, vat_rate: 20 }],
      payments: [{ type: sale % 2 === 0 ? 'card' : 'cash', amount: total }],
    },
    { 'idempotency-key': `demo-${now}-${sale}` },
  );
}
