// The page: how many events were applied, how many patients there are, and the first of them.

import { createSelector } from "@reduxjs/toolkit";
import { memo } from "react";
import { createRoot } from "react-dom/client";
import { Provider, useSelector } from "react-redux";

import { checksum, followInterface, serve } from "../../harness.js";
import { ORGANIZATIONS, selectApplied, selectStatus, selectors, store } from "./store.js";

/// Rows of the list, as `bench/page` shows them.
const ROWS = 20;

const Row = memo(({ organization, id }) => {
  const patient = useSelector((state) => selectors[organization].selectById(state, id));
  return (
    <li data-status={patient.status}>
      {patient.name}, {patient.ward}: {patient.heartRate}
    </li>
  );
});

const selectFirst = createSelector([(state, organization) => selectors[organization].selectIds(state)], (ids) => ids.slice(0, ROWS));

const Rows = ({ organization }) => {
  const ids = useSelector((state) => selectFirst(state, organization));
  return (
    <ul id="rows">
      {ids.map((id) => (
        <Row key={id} organization={organization} id={id} />
      ))}
    </ul>
  );
};

const Total = ({ organization }) => {
  const total = useSelector((state) => selectors[organization].selectTotal(state));
  return (
    <p>
      {organization}: {total}
    </p>
  );
};

const App = () => (
  <>
    <output id="status">{useSelector(selectStatus)}</output>
    <output id="applied">{useSelector(selectApplied)}</output>
    <section>
      {ORGANIZATIONS.map((id) => (
        <Total key={id} organization={id} />
      ))}
    </section>
    <Rows organization={ORGANIZATIONS[0]} />
  </>
);

export const start = () => {
  const state = () => ORGANIZATIONS.map((id) => [id, selectors[id].selectAll(store.getState())]);
  serve({ checksum: () => checksum(state()) });
  followInterface();
  createRoot(document.getElementById("root")).render(
    <Provider store={store}>
      <App />
    </Provider>,
  );
};
