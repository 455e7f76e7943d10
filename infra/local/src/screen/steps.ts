const FRAME_MILLISECONDS = 200;

/** Writes a line for each step: a running clock on a terminal, two plain lines elsewhere. */
export function createSteps(output: NodeJS.WriteStream): (label: string) => () => void {
  return (label) => {
    const started = Date.now();
    const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
    if (!output.isTTY) {
      output.write(`  ${label} …\n`);
      return () => void output.write(`✓ ${label} (${seconds()} s)\n`);
    }
    const draw = () => output.write(`\r  ${label} … ${seconds()} s `);
    draw();
    const timer = setInterval(draw, FRAME_MILLISECONDS);
    return () => {
      clearInterval(timer);
      output.write(`\r✓ ${label} (${seconds()} s)      \n`);
    };
  };
}
