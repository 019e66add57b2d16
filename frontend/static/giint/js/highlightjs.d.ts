declare module "@highlightjs/cdn-assets/es/highlight.min.js" {
  const hljs: {
    getLanguage(name: string): unknown;
    highlight(code: string, options: { language: string; ignoreIllegals?: boolean }): { value: string };
  };
  export default hljs;
}
