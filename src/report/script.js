(() => {
  'use strict';
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const film = document.getElementById('the-film');
  const shots = all('article.shot');
  const places = all('ol.strip > li');

  // One plays at a time.
  document.addEventListener('play', event => {
    const video = event.target;
    // Takes that are played in step go together.
    const step = video.closest('.takes.playing');
    all('video').forEach(other => other !== video && !(step && step.contains(other)) && other.pause());
    const start = video.parentElement.querySelector('.start');
    if (start && !start.hidden) {
      if (document.activeElement === start) video.focus();
      start.hidden = true;
      video.controls = true;
    }
  }, true);
  document.addEventListener('error', event => {
    const note = event.target.tagName === 'VIDEO' && event.target.parentElement.querySelector('.unplayable');
    if (note) note.hidden = false;
  }, true);

  const play = video => video.play().catch(() => {});

  // Until it plays a player shows the picture under it, and a button.
  all('button.start').forEach(start => {
    start.hidden = false;
    start.parentElement.querySelector('video').controls = false;
  });

  // Places in the film.
  document.addEventListener('click', event => {
    const start = event.target.closest('.start');
    if (start) play(start.parentElement.querySelector('video'));
    const place = event.target.closest('[data-at]');
    if (place && film) {
      film.currentTime = Number(place.dataset.at);
      play(film);
    }
    const join = event.target.closest('[data-watch-from]');
    if (join && film) watch(join);
  });

  // A join is watched where it stands, in a window on the film.
  function watch(button) {
    const card = button.closest('article');
    let video = card.querySelector('video');
    if (!video) {
      video = document.createElement('video');
      video.src = film.src;
      video.controls = video.playsInline = true;
      video.setAttribute('aria-label', 'The film around this join');
      video.addEventListener('timeupdate', () => {
        if (video.currentTime >= Number(button.dataset.watchTo)) video.pause();
      });
      button.before(video);
    }
    video.currentTime = Number(button.dataset.watchFrom);
    play(video);
  }
  if (film) all('button.watch').forEach(button => { button.hidden = false; });

  // Takes of a shot, all from their beginning.
  function playInStep(takes) {
    const videos = all('.stage > video', takes);
    takes.classList.add('playing');
    videos.forEach(video => { video.currentTime = 0; video.muted = video !== videos[0]; play(video); });
    videos.forEach(video => video.addEventListener('pause', () => {
      if (videos.every(other => other.paused)) {
        takes.classList.remove('playing');
        videos.forEach(other => { other.muted = false; });
      }
    }));
  }

  // A take between the end of the shot before and the beginning of the one after.
  const AROUND = 1.5;
  function playAround(stage) {
    const take = stage.querySelector('video');
    const own = take.getAttribute('src');
    take.controls = true;
    stage.querySelector('.window')?.remove();
    const video = document.createElement('video');
    video.className = 'window';
    video.controls = video.playsInline = true;
    const parts = [];
    if (stage.dataset.before) parts.push({ src: stage.dataset.before, end: true });
    parts.push({ src: own });
    if (stage.dataset.after) parts.push({ src: stage.dataset.after, beginning: true });
    let part;
    const next = () => {
      part = parts.shift();
      if (!part) return void video.remove();
      video.src = part.src;
      play(video);
    };
    video.addEventListener('loadedmetadata', () => {
      if (part.end) video.currentTime = Math.max(video.duration - AROUND, 0);
    });
    video.addEventListener('ended', next);
    video.addEventListener('timeupdate', () => {
      if (part?.beginning && video.currentTime >= AROUND) next();
    });
    stage.append(video);
    next();
  }
  all('button.instep').forEach(button => {
    button.hidden = false;
    button.addEventListener('click', () => playInStep(button.closest('.takes')));
  });
  all('button.around').forEach(button => {
    button.hidden = false;
    button.addEventListener('click', () => playAround(button.closest('li').querySelector('.stage')));
  });

  // Where the film is, in the strip.
  film?.addEventListener('timeupdate', () => {
    const now = film.currentTime;
    places.forEach(place => {
      const here = now >= Number(place.dataset.from) && now < Number(place.dataset.to);
      if (here) place.setAttribute('aria-current', 'true');
      else place.removeAttribute('aria-current');
    });
  });

  // From shot to shot.
  function nearest() {
    const line = innerHeight / 3;
    const below = shots.findIndex(shot => shot.getBoundingClientRect().top > line);
    return below < 0 ? shots.length - 1 : below - 1;
  }
  function go(step) {
    const focused = shots.indexOf(document.activeElement.closest('article.shot'));
    const at = focused < 0 ? nearest() : focused;
    const shot = shots[Math.min(Math.max(at + step, 0), shots.length - 1)];
    shot.scrollIntoView({ block: 'start' });
    shot.focus({ preventScroll: true });
  }
  function playShot() {
    const video = here()?.querySelector('video');
    if (video) video.paused ? play(video) : video.pause();
  }
  function here() {
    return document.activeElement.closest('article.shot') || shots[Math.max(nearest(), 0)];
  }
  function stepHere() {
    const takes = here()?.querySelector('.takes');
    if (takes) playInStep(takes);
  }
  function aroundHere(number) {
    const stage = here()?.querySelectorAll('.take .stage')[number - 1];
    if (stage) playAround(stage);
  }
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
    // Arrows steer a player and what scrolls sideways.
    const free = !event.target.closest('video, .scroll');
    const acts = { j: () => go(1), k: () => go(-1), p: playShot, t: stepHere };
    if (/^[1-9]$/.test(event.key)) acts[event.key] = () => aroundHere(Number(event.key));
    if (free) Object.assign(acts, { ArrowRight: () => go(1), ArrowLeft: () => go(-1) });
    if (acts[event.key]) {
      acts[event.key]();
      event.preventDefault();
    }
  });
})();
