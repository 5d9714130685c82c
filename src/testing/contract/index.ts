export * from '../clock.ts';
export * from '../context.ts';
export * from '../stand-in.ts';
export * from './check.ts';
export * from './provider.ts';
export * from './sink.ts';
