// Sets the theme before the first paint; the synced choice follows with the page's data.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("giint.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage can be blocked; then the system's theme shows.
  }
})();
