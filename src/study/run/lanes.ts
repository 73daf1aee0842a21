/**
 * Does chains of tasks in the order given, several chains at once and the tasks of a chain one after the other. After a
 * task that says so, or that fails, no other is begun.
 *
 * @param lanes how many chains at once
 * @param work does a task, told how many lanes are at work with its own; returns whether to go on
 * @param onFailure called when a task has failed while others may be under way; these are waited for
 * @throws what the first task threw that failed
 */
export async function runInLanes<Task>(
  chains: readonly (readonly Task[])[],
  lanes: number,
  work: (task: Task, atWork: number) => Promise<boolean>,
  onFailure: () => void,
): Promise<void> {
  const waiting = [...chains];
  const failures: unknown[] = [];
  let goesOn = true;
  let atWork = Math.min(lanes, chains.length);
  const lane = async () => {
    for (let chain = waiting.shift(); chain; chain = waiting.shift()) {
      for (const task of chain) {
        if (!goesOn) return;
        try {
          goesOn = (await work(task, atWork)) && goesOn;
        } catch (error) {
          failures.push(error);
          goesOn = false;
          onFailure();
        }
      }
    }
    atWork--;
  };
  await Promise.all(Array.from({ length: atWork }, lane));
  if (failures.length > 0) throw failures[0];
}
