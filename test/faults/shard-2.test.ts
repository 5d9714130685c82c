import { describeFaults } from './fault-tests.ts';

describeFaults(2);
