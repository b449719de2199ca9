import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// Whoever builds it, a test runner included, gets what is deployed: not React's development build, which is far slower.
process.env.NODE_ENV = 'production';

const EMBEDDED_FONT = /data:font\/woff2;base64,([A-Za-z0-9+/=]+)/g;

/** The component library embeds eight fonts in its stylesheet. As files only the two or three that a page uses are loaded. */
const fontsAsFiles: Plugin = {
  name: 'fonts-as-files',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue;
      file.source = String(file.source)
        .replace(EMBEDDED_FONT, (_, font: string) => {
          const source = Buffer.from(font, 'base64');
          return `/${this.getFileName(this.emitFile({ type: 'asset', name: 'open-sans.woff2', source }))}`;
        })
        // Words are there before their font.
        .replaceAll('@font-face{', '@font-face{font-display:swap;');
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), fontsAsFiles],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // Sizes are asserted by the browser suite; measuring them here would only slow the build down.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
  },
});
