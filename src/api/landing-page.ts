/** What stands in for the web page where it was not built: says so, and links to what works without. */
export function landingPage(version: string): { readonly html: string; readonly policy: string } {
  const links = [
    ['/docs', 'the API, and a page to try it'],
    ['/jobs', 'jobs, newest first'],
    ['/schedules', 'what runs by itself, and when'],
    ['/metrics', 'for Prometheus'],
    ['/health', 'whether the agent answers'],
  ];
  const items = links.map(([href, words]) => `<li><a href="${href}">${href}</a> – ${words}</li>`).join('\n');
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>typhon</title>
<h1>typhon ${version}</h1>
<p>Benchmarks the LLM servers of this machine and remembers every result.</p>
<p>The web page was not built: <code>npm run build</code> does it. Everything else works:</p>
<ul>
${items}
</ul>
</html>
`;
  return { html, policy: "default-src 'none'; style-src 'none'; base-uri 'none'; form-action 'none'" };
}
