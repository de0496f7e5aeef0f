// What moves in the book. Without this script every answer still folds and every figure shows its still.
(() => {
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  // In the page's own language, where the page brings its words along.
  let words = {};
  const say = (text) => words[text] ?? text;
  const remembered = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ } },
  };

  // Quizzes: a question's folds become a group of radio buttons; a live region explains the choice.
  function quiz(box, number) {
    const options = [...box.querySelectorAll(":scope > details.option")];
    const question = box.querySelector(":scope > p");
    const status = make("div", { className: "explanation" });
    status.setAttribute("role", "status");
    const group = make("fieldset", {}, make("legend", {}, ...question.childNodes));
    options.forEach((option, index) => {
      const [summary, ...why] = option.childNodes;
      const input = make("input", { type: "radio", name: `quiz-${number}` });
      const label = make("label", { className: "answer" }, input, make("span", {}, ...summary.childNodes));
      input.addEventListener("change", () => {
        const right = option.classList.contains("right");
        group.querySelectorAll(".answer").forEach((other) => other.classList.remove("right", "wrong"));
        label.classList.add(right ? "right" : "wrong");
        const verdict = make("p", { className: "verdict", textContent: say(right ? "✓ Right" : "✗ Not this one") });
        status.replaceChildren(verdict, ...why.map((node) => node.cloneNode(true)));
        status.className = `explanation ${right ? "right" : "wrong"}`;
      });
      group.append(label);
    });
    group.append(status);
    box.replaceChildren(group);
  }

  // Words of the glossary: their meaning on hover and focus; where there is no mouse, at the first touch.
  function terms(links) {
    const tip = make("div", { id: "meaning", className: "meaning", hidden: true });
    tip.setAttribute("role", "tooltip");
    document.body.append(tip);
    let shown = null;
    let touched = false;
    const hide = () => {
      if (shown) shown.removeAttribute("aria-describedby");
      shown = null;
      tip.hidden = true;
    };
    const show = (link) => {
      hide();
      shown = link;
      tip.textContent = link.dataset.meaning;
      tip.hidden = false;
      link.setAttribute("aria-describedby", tip.id);
      const place = link.getBoundingClientRect();
      const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
      const above = place.bottom + tip.offsetHeight + 8 > innerHeight;
      tip.style.left = `${Math.max(8, left) + scrollX}px`;
      tip.style.top = `${(above ? place.top - tip.offsetHeight - 6 : place.bottom + 6) + scrollY}px`;
    };
    links.forEach((link) => {
      link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(link));
      link.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
      link.addEventListener("focus", () => touched || show(link));
      link.addEventListener("blur", hide);
      link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
      link.addEventListener("click", (event) => {
        if (touched && shown !== link) {
          event.preventDefault();
          show(link);
        }
        touched = false;
      });
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    document.addEventListener("click", (event) => shown && !event.target.closest("a.term") && hide());
  }

  // Things to play with: a slider that shows the picture made for its position.
  function play(box) {
    const picture = document.querySelector(`#${box.dataset.figure} img`);
    const [input, output] = [box.querySelector("input"), box.querySelector("output")];
    const values = JSON.parse(box.dataset.values);
    const url = (index) => `${box.dataset.frames}${index}.webp`;
    const name = () => input.setAttribute("aria-valuetext", values[input.value]);
    input.addEventListener("input", () => {
      picture.src = url(input.value);
      output.textContent = values[input.value];
      name();
      const next = Math.min(Number(input.value) + 1, values.length - 1);
      new Image().src = url(next);
    });
    name();
    box.hidden = false;
  }

  // What follows a prediction can wait until the reader has made it.
  function predictions() {
    const marked = [...document.querySelectorAll(".bd-article p > strong:first-child")];
    const questions = marked.filter(({ textContent }) => ["Predict.", say("Predict.")].includes(textContent)).map((word) => word.parentElement);
    if (!questions.length) return;
    const waiting = questions.map((question) => {
      const last = question.parentElement.lastElementChild === question;
      const following = [];
      for (let node = question.nextElementSibling; node; node = node.nextElementSibling) {
        if (node.tagName === "SECTION" || questions.some((other) => other !== question && node.contains(other))) break;
        following.push(node);
      }
      const button = make("button", { type: "button", className: "reveal", textContent: say("Show what happens") });
      button.hidden = true;
      question.after(button);
      button.addEventListener("click", () => {
        following.forEach((node) => node.classList.remove("waits"));
        button.hidden = true;
        if (following[0]) { following[0].tabIndex = -1; following[0].focus(); }
      });
      return { button, following };
    });
    const box = make("input", { type: "checkbox", id: "hide-answers" });
    const wish = say("Hide what follows a prediction, until I ask for it");
    const label = make("label", { className: "hide-answers" }, box, ` ${wish}`);
    const set = () => waiting.forEach(({ button, following }) => {
      following.forEach((node) => node.classList.toggle("waits", box.checked));
      button.hidden = !box.checked || !following.length;
    });
    box.addEventListener("change", () => { remembered.set("hide-answers", box.checked ? "yes" : "no"); set(); });
    box.checked = remembered.get("hide-answers") === "yes";
    (document.querySelector(".bd-article a.colab")?.closest("p") ?? document.querySelector("h1")).after(label);
    set();
  }

  document.addEventListener("DOMContentLoaded", () => {
    words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
    document.querySelectorAll(".quiz").forEach(quiz);
    terms(document.querySelectorAll("a.term"));
    document.querySelectorAll(".play").forEach(play);
    predictions();
  });
})();
