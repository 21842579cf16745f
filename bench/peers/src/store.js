// The state, as the documentation of Redux Toolkit recommends for entities: an adapter, one for each organization.

import { configureStore, createEntityAdapter, createSlice } from "@reduxjs/toolkit";

/// The organizations of the user.
export const ORGANIZATIONS = ["east", "north", "west"];

const adapter = createEntityAdapter();

const slice = createSlice({
  name: "ward",
  initialState: {
    status: "connecting",
    applied: 0,
    organizations: Object.fromEntries(ORGANIZATIONS.map((id) => [id, adapter.getInitialState()])),
  },
  reducers: {
    connected: (state) => {
      state.status = "connected";
    },
    patientUpdated: (state, { payload }) => {
      adapter.setOne(state.organizations[payload.organizationId], payload.patient);
      state.applied += 1;
    },
    patientsUpdated: (state, { payload: events }) => {
      for (const [organization, updated] of Map.groupBy(events, ({ organizationId }) => organizationId)) {
        adapter.setMany(state.organizations[organization], updated.map(({ patient }) => patient));
      }
      state.applied += events.length;
    },
  },
});

export const { connected, patientUpdated, patientsUpdated } = slice.actions;

export const store = configureStore({ reducer: { ward: slice.reducer } });

export const selectStatus = (state) => state.ward.status;
export const selectApplied = (state) => state.ward.applied;

/// The adapter's selectors, for each organization.
export const selectors = Object.fromEntries(
  ORGANIZATIONS.map((id) => [id, adapter.getSelectors((state) => state.ward.organizations[id])]),
);
