/** The form that somebody logs in with. */

import { byId } from './dom.js';
import { InvalidCredentials, TooManyAttempts, Unavailable } from './tollgate.js';
import { Countdown } from './countdown.js';

/** Brings the form to life. @param {import('./session.js').Session} session */
export function startLogIn(session) {
  const [form, email, password, submit] = ['log-in', 'email', 'password', 'submit'].map(byId);
  const people = [...document.querySelectorAll('.person')];
  const countdown = new Countdown(byId('problem'), submit);

  const choose = (address) => {
    for (const person of people) person.setAttribute('aria-pressed', String(person.dataset.email === address));
  };
  for (const person of people) {
    person.addEventListener('click', () => {
      email.value = person.dataset.email;
      email.dispatchEvent(new Event('input'));
      password.focus();
    });
  }
  email.addEventListener('input', () => {
    choose(email.value);
    // Attempts are counted for each account.
    countdown.stop();
  });
  choose(email.value);

  startReveal(byId('reveal'), password);

  const refuse = (text, ...fields) => {
    byId('problem').textContent = text;
    for (const field of fields) field.setAttribute('aria-invalid', 'true');
    fields.at(-1)?.focus();
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.getAttribute('aria-disabled') === 'true') return;
    refuse('');
    for (const field of [email, password]) field.removeAttribute('aria-invalid');
    if (!email.value) return refuse('Type the e-mail address.', email);
    if (!password.value) return refuse('Type the password: it stands in the terminal.', password);
    submit.setAttribute('aria-disabled', 'true');
    submit.classList.add('busy');
    try {
      await session.client.login({ email: email.value, password: password.value });
    } catch (error) {
      password.select();
      if (error instanceof InvalidCredentials) {
        refuse('Wrong e-mail address or password.', email, password);
      } else if (error instanceof TooManyAttempts) {
        countdown.start(error.retryAfter);
      } else if (error instanceof Unavailable) {
        refuse('The server does not answer. Is Tollgate still running in its terminal?');
      } else {
        refuse(error.message);
      }
    } finally {
      submit.classList.remove('busy');
      if (!countdown.running) submit.removeAttribute('aria-disabled');
    }
  });
}

/** A button that shows what is typed for as long as it is pressed down. */
function startReveal(button, password) {
  button.addEventListener('click', () => {
    const shown = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(shown));
    password.type = shown ? 'text' : 'password';
  });
}
