// `npm test`: set up, check the imports, build (the command line's tests start the built program), run the quick tests.
// `npm run test:all`: the long ones (*.long.test.ts), too.
import { installDependencies, run } from './setup.mjs';

const [first, ...rest] = process.argv.slice(2);
const all = first === '--all';
if (all) process.env.FEWMASK_TESTS = 'all';
process.env.FEWMASK_WORKERS = 'built';
installDependencies();
run('npm', ['run', '-s', 'check:imports']);
run('npm', ['run', '-s', 'build']);
run('npx', ['vitest', 'run', ...(all ? rest : process.argv.slice(2))]);
