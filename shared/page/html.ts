// Builds the page that a browser gets: a shell that loads the assets; what it shows comes from the API, as text.

/** Nothing from elsewhere, nothing inline, no frame around it, no form that leaves it. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The document. All URLs are relative, so it works below any path that ends in a slash. */
export const pageHtml = (): string => SHELL;

const SHELL = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>sqlferry</title>
<link rel="icon" href="assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="assets/tones.css">
<link rel="stylesheet" href="assets/page.css">
<script type="module" src="assets/page.js"></script>
</head>
<body>
<header>
<a class="brand" href="#/">sqlferry</a>
<p id="connection" role="status"></p>
</header>
<main id="main" tabindex="-1"></main>
<p id="announcer" class="unseen" role="status" aria-live="polite"></p>
<noscript><p>This page shows what the API answers and needs JavaScript for it. The same is at <a href="api/v1/migrations">api/v1/migrations</a>.</p></noscript>
</body>
</html>
`;
