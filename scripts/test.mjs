// `npm test`: set up, check the directions of imports, build (the command line's tests start the built program), run the tests.
import { installDependencies, run } from './setup.mjs';

installDependencies();
run('npm', ['run', '-s', 'check:imports']);
run('npm', ['run', '-s', 'build']);
run('npx', ['vitest', 'run', ...process.argv.slice(2)]);
