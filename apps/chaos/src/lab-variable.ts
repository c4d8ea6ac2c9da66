/** Only a process started with this variable obeys the lab. */
export const LAB_VARIABLE = 'SLUICE_CHAOS_LAB';
