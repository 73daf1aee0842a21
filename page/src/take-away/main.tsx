import '../style.css';
import './take-away.css';
import { render } from 'preact';
import { TakeAway } from './take-away.tsx';

render(<TakeAway />, document.getElementById('page')!);
