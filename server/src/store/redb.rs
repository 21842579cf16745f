//! State in an embedded database: one file in the data directory.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{EventId, StreamEpoch, Timestamp, UserId};

use super::memory;
use super::stored::{Change, KeyRecord, StoreError, Stored, StoredOrganization};
use crate::seed::Seed;

/// Changes when the tables do, so that an older or newer server does not misread them.
const VERSION: &[u8] = b"2";

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const ACCOUNTS: TableDefinition<'_, &str, &str> = TableDefinition::new("accounts");
const ORGANIZATIONS: TableDefinition<'_, &str, &str> = TableDefinition::new("organizations");
const EPOCHS: TableDefinition<'_, &str, &str> = TableDefinition::new("epochs");
/// By organization and offset.
const HISTORY: TableDefinition<'_, (&str, u64), &str> = TableDefinition::new("history");
/// By organization and patient.
const PATIENTS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("patients");
/// By organization and user.
const PROFILES: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("profiles");
/// By user and key: hash of the body, time of acceptance in milliseconds.
const KEYS: TableDefinition<'_, (&str, &str), (&[u8; 32], i64)> = TableDefinition::new("keys");
/// By user and audit chain.
const HEADS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("heads");

#[derive(Debug)]
pub(crate) struct RedbStore {
    database: Database,
}

impl RedbStore {
    /// Opens or makes the database, and fills a new one with the seed.
    pub(super) fn open(directory: &Path, seed: &Seed) -> Result<(Self, Stored), StoreError> {
        make_private(directory).map_err(StoreError::new)?;
        let store = Self {
            database: Database::create(directory.join("state.redb")).map_err(StoreError::new)?,
        };
        if !store.is_filled()? {
            store.fill(&memory::begin(seed))?;
        }
        let stored = store.load()?;
        Ok((store, stored))
    }

    /// Whether the database was filled before. Refuses one of another version.
    fn is_filled(&self) -> Result<bool, StoreError> {
        let read = self.database.begin_read().map_err(StoreError::new)?;
        let meta = match read.open_table(META) {
            Ok(meta) => meta,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(false),
            Err(error) => return Err(StoreError::new(error)),
        };
        match meta.get("version").map_err(StoreError::new)? {
            Some(version) if version.value() == VERSION => Ok(true),
            Some(_) => Err(StoreError::new("it was written by another version of this server")),
            None => Ok(false),
        }
    }

    fn fill(&self, stored: &Stored) -> Result<(), StoreError> {
        let mut changes = Vec::new();
        for of in &stored.organizations {
            let id = &of.organization.id;
            changes.push(Change::Organization(of.organization.clone()));
            changes.push(Change::Epoch(id.clone(), of.epoch.clone()));
            changes.extend(
                of.patients
                    .iter()
                    .map(|patient| Change::Patient(id.clone(), patient.clone().into())),
            );
            changes.extend(
                of.profiles.iter().map(|user| Change::Profile(id.clone(), user.clone().into())),
            );
        }
        changes.extend(stored.accounts.iter().cloned().map(Change::Account));
        let write = self.database.begin_write().map_err(StoreError::new)?;
        {
            let mut meta = write.open_table(META).map_err(StoreError::new)?;
            meta.insert("signing-key", stored.signing_key.as_slice()).map_err(StoreError::new)?;
            meta.insert("version", VERSION).map_err(StoreError::new)?;
        }
        apply(&write, &changes)?;
        write.commit().map_err(StoreError::new)
    }

    /// Takes down the changes in one transaction.
    pub(super) fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let write = self.database.begin_write().map_err(StoreError::new)?;
        apply(&write, changes)?;
        write.commit().map_err(StoreError::new)
    }

    fn load(&self) -> Result<Stored, StoreError> {
        let read = self.database.begin_read().map_err(StoreError::new)?;
        let meta = read.open_table(META).map_err(StoreError::new)?;
        let signing_key = meta.get("signing-key").map_err(StoreError::new)?;
        let signing_key = signing_key
            .and_then(|key| key.value().try_into().ok())
            .ok_or_else(|| StoreError::new("the signing key is missing"))?;

        let mut organizations = Vec::new();
        let epochs = read.open_table(EPOCHS).map_err(StoreError::new)?;
        let history = read.open_table(HISTORY).map_err(StoreError::new)?;
        let patients = read.open_table(PATIENTS).map_err(StoreError::new)?;
        let profiles = read.open_table(PROFILES).map_err(StoreError::new)?;
        for entry in read
            .open_table(ORGANIZATIONS)
            .map_err(StoreError::new)?
            .iter()
            .map_err(StoreError::new)?
        {
            let (id, organization) = entry.map_err(StoreError::new)?;
            let id = id.value();
            let epoch = epochs.get(id).map_err(StoreError::new)?;
            let epoch = epoch.ok_or_else(|| StoreError::new("an organization has no epoch"))?;
            let mut first = 1;
            let mut events = Vec::new();
            for entry in history.range((id, 0)..=(id, u64::MAX)).map_err(StoreError::new)? {
                let (key, event) = entry.map_err(StoreError::new)?;
                if events.is_empty() {
                    first = key.value().1;
                }
                events.push(RawJson::parse(event.value().to_owned()).map_err(StoreError::new)?);
            }
            organizations.push(StoredOrganization {
                organization: parse(organization.value())?,
                epoch: StreamEpoch::from(epoch.value()),
                first,
                history: events,
                patients: of_organization(&patients, id)?,
                profiles: of_organization(&profiles, id)?,
            });
        }

        let mut keys = Vec::new();
        for entry in
            read.open_table(KEYS).map_err(StoreError::new)?.iter().map_err(StoreError::new)?
        {
            let (key, record) = entry.map_err(StoreError::new)?;
            let ((user, id), (body, millis)) = (key.value(), record.value());
            let record = KeyRecord { body: *body, accepted_at: Timestamp::from_millis(millis) };
            keys.push((UserId::from(user), EventId::from(id), record));
        }
        keys.sort_by_key(|(_, _, record)| record.accepted_at);

        let mut accounts = Vec::new();
        for entry in
            read.open_table(ACCOUNTS).map_err(StoreError::new)?.iter().map_err(StoreError::new)?
        {
            accounts.push(parse(entry.map_err(StoreError::new)?.1.value())?);
        }
        let mut heads = Vec::new();
        for entry in
            read.open_table(HEADS).map_err(StoreError::new)?.iter().map_err(StoreError::new)?
        {
            let (key, head) = entry.map_err(StoreError::new)?;
            heads.push((UserId::from(key.value().0), parse(head.value())?));
        }
        Ok(Stored { signing_key, accounts, organizations, keys, heads })
    }
}

fn apply(write: &WriteTransaction, changes: &[Change]) -> Result<(), StoreError> {
    // Opens every table, so that all of them exist after the first time.
    let mut accounts = write.open_table(ACCOUNTS).map_err(StoreError::new)?;
    let mut organizations = write.open_table(ORGANIZATIONS).map_err(StoreError::new)?;
    let mut epochs = write.open_table(EPOCHS).map_err(StoreError::new)?;
    let mut history = write.open_table(HISTORY).map_err(StoreError::new)?;
    let mut patients = write.open_table(PATIENTS).map_err(StoreError::new)?;
    let mut profiles = write.open_table(PROFILES).map_err(StoreError::new)?;
    let mut keys = write.open_table(KEYS).map_err(StoreError::new)?;
    let mut heads = write.open_table(HEADS).map_err(StoreError::new)?;
    for change in changes {
        match change {
            Change::Organization(data) => {
                organizations
                    .insert(data.id.as_str(), text(data)?.as_str())
                    .map_err(StoreError::new)?;
            }
            Change::Epoch(organization, epoch) => {
                epochs.insert(organization.as_str(), epoch.as_str()).map_err(StoreError::new)?;
            }
            Change::Append { organization, offset, event } => {
                history
                    .insert((organization.as_str(), *offset), event.as_str())
                    .map_err(StoreError::new)?;
            }
            Change::Trim { organization, first } => {
                let id = organization.as_str();
                history.retain_in((id, 0)..(id, *first), |_, _| false).map_err(StoreError::new)?;
            }
            Change::Patient(organization, data) => {
                let key = (organization.as_str(), data.id.as_str());
                patients.insert(key, text(data)?.as_str()).map_err(StoreError::new)?;
            }
            Change::Profile(organization, data) => {
                let key = (organization.as_str(), data.id.as_str());
                profiles.insert(key, text(data)?.as_str()).map_err(StoreError::new)?;
            }
            Change::NoProfile(organization, user) => {
                profiles.remove((organization.as_str(), user.as_str())).map_err(StoreError::new)?;
            }
            Change::Account(data) => {
                let id = data.account.user.id.as_str();
                accounts.insert(id, text(data)?.as_str()).map_err(StoreError::new)?;
            }
            Change::Key(user, id, record) => {
                let value = (&record.body, record.accepted_at.as_millis());
                keys.insert((user.as_str(), id.as_str()), value).map_err(StoreError::new)?;
            }
            Change::NoKey(user, id) => {
                keys.remove((user.as_str(), id.as_str())).map_err(StoreError::new)?;
            }
            Change::Head(user, data) => {
                let key = (user.as_str(), data.head.chain.as_str());
                heads.insert(key, text(data)?.as_str()).map_err(StoreError::new)?;
            }
            Change::NoHead(user, chain) => {
                heads.remove((user.as_str(), chain.as_str())).map_err(StoreError::new)?;
            }
        }
    }
    Ok(())
}

fn of_organization<T: DeserializeOwned>(
    table: &impl ReadableTable<(&'static str, &'static str), &'static str>,
    id: &str,
) -> Result<Vec<T>, StoreError> {
    let mut entries = Vec::new();
    for entry in table.range((id, "")..).map_err(StoreError::new)? {
        let (key, data) = entry.map_err(StoreError::new)?;
        if key.value().0 != id {
            break;
        }
        entries.push(parse(data.value())?);
    }
    Ok(entries)
}

fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::new)
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(StoreError::new)
}

/// Makes the directory for the server's own user alone: the signing key lies in it.
fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use yewdux_socket_core::OrganizationId;
    use yewdux_socket_core::wire::AuditHead;

    use super::*;
    use crate::store::StoredHead;

    fn event(text: &str) -> RawJson {
        RawJson::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn everything_comes_back_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let north = OrganizationId::from("north-clinic");
        let ana = UserId::from("ana");
        let record =
            |millis| KeyRecord { body: [7; 32], accepted_at: Timestamp::from_millis(millis) };
        let head = |chain: &str, sequence| StoredHead {
            head: AuditHead { chain: chain.into(), sequence, hash: "ab".into(), signature: None },
            at: Timestamp::from_millis(7),
        };
        let (key, epoch) = {
            let (store, stored) = RedbStore::open(directory.path(), &Seed::demo()).unwrap();
            let append = |offset, text| Change::Append {
                organization: north.clone(),
                offset,
                event: event(text),
            };
            let mut patient = stored.organizations[0].patients[0].clone();
            patient.ward = "Elsewhere".into();
            let changes = [
                append(1, "1"),
                append(2, "2"),
                append(3, "3"),
                Change::Trim { organization: north.clone(), first: 2 },
                Change::Patient(north.clone(), patient.into()),
                Change::Key(ana.clone(), EventId::from("later"), record(9)),
                Change::Key(ana.clone(), EventId::from("sooner"), record(5)),
                Change::Key(ana.clone(), EventId::from("gone"), record(1)),
                Change::NoKey(ana.clone(), EventId::from("gone")),
                Change::NoProfile(north.clone(), ana.clone()),
                Change::Head(ana.clone(), head("one", 3)),
                Change::Head(ana.clone(), head("one", 4)),
                Change::Head(ana.clone(), head("two", 1)),
                Change::Head(ana.clone(), head("gone", 1)),
                Change::NoHead(ana.clone(), "gone".into()),
            ];
            store.commit(&changes).unwrap();
            let of_north =
                stored.organizations.iter().find(|of| of.organization.id == north).unwrap();
            (stored.signing_key, of_north.epoch.clone())
        };
        let (_, stored) = RedbStore::open(directory.path(), &Seed::default()).unwrap();
        assert_eq!(stored.signing_key, key);
        assert_eq!(stored.accounts.len(), 4);
        let of_north = stored.organizations.iter().find(|of| of.organization.id == north).unwrap();
        assert_eq!((of_north.epoch.clone(), of_north.first), (epoch, 2));
        assert_eq!(of_north.history, [event("2"), event("3")]);
        assert!(of_north.patients.iter().any(|patient| patient.ward == "Elsewhere"));
        assert_eq!((of_north.patients.len(), of_north.profiles.len()), (18, 1));
        let keys: Vec<_> = stored.keys.iter().map(|(_, id, _)| id.as_str()).collect();
        assert_eq!(keys, ["sooner", "later"], "in the order of their use");
        assert_eq!(stored.heads, [(ana.clone(), head("one", 4)), (ana, head("two", 1))]);
    }

    #[test]
    fn two_servers_do_not_share_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let _first = RedbStore::open(directory.path(), &Seed::demo()).unwrap();
        assert!(RedbStore::open(directory.path(), &Seed::demo()).is_err());
    }
}
