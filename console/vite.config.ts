import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Whoever builds it, a test runner included, gets what is deployed: not React's development build, which is far slower.
process.env.NODE_ENV = 'production';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
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
