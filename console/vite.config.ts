import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

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
