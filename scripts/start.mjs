// `npm start`: set up, build, and do the whole job on synthetic images.
import { installDependencies, run } from './setup.mjs';

installDependencies();
run('npm', ['run', '-s', 'build']);
run('node', ['bin/fewmask.js', 'demo', ...process.argv.slice(2)]);
