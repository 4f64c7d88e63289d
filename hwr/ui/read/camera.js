// One tap to the camera of a phone; the style shows it to fingers alone.
(() => {
  const input = element.querySelector('input');
  element.querySelector('span').textContent = say('read.camera');
  input.addEventListener('change', () => {
    window.hwrReadFile(input.files[0]);
    input.value = '';
  });
})();
