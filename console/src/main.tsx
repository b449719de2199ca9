import '@cloudscape-design/global-styles/index.css';
import './style.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from './api/client.ts';
import { createHttp } from './api/http.ts';
import { openSession } from './api/session.ts';
import { App } from './app.tsx';
import { CouldNotStart } from './pages/could-not-start.tsx';
import { preloadPage } from './pages/pages.tsx';
import { addressChanged, followLinksHere } from './state/route.ts';
import { ApiContext } from './state/use-api.ts';

const element = document.getElementById('root');
if (element === null) throw new Error('The page has no root.');
const root = createRoot(element);

followLinksHere();
try {
  const [session] = await Promise.all([openSession(), preloadPage(location.pathname)]);
  // Who was signed in just now is back where they wanted to go.
  addressChanged();
  const client = createClient(createHttp('', session));
  root.render(
    <StrictMode>
      <ApiContext value={{ client, session }}>
        <App />
      </ApiContext>
    </StrictMode>,
  );
} catch (error) {
  root.render(<CouldNotStart error={error} />);
}
