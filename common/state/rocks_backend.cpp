#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <system_error>

#include "common/log/log.h"
#include "common/state/backend.h"

namespace shopwire::state {
namespace {

// Small, so that an idle service stays below 8 MB for its state; the operating system caches the files.
constexpr std::size_t kBlockCacheBytes = 4 * 1024 * 1024;
// Written to a file when it is full, and at the end.  Large: what is written again before that costs nothing, and files
// are merged less often.  A page of it is taken when it is used.
constexpr std::size_t kWriteBufferBytes = 16 * 1024 * 1024;
constexpr double kWriteBufferFilterShare = 0.02;
constexpr int kOpenFilesMax = 64;
constexpr double kFilterBitsPerKey = 10;
constexpr std::size_t kInfoLogBytes = 512 * 1024;

rocksdb::Slice slice_of(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view_of(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

std::unexpected<Error> failed(std::string_view doing, const rocksdb::Status& status) {
    return transient(std::string(doing) + ": " + status.ToString());
}

rocksdb::Options options_for() {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
    // Index and filter stay in memory beside the cache, about 2 bytes a key: those of one file of 40 MB are larger than
    // a shard of so small a cache, which then reads and unpacks a megabyte for each lookup (measured: 1,200 orders/s
    // instead of 10,000).
    table.cache_index_and_filter_blocks = false;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_size = kWriteBufferBytes;
    // Levels would write everything again for every few megabytes that come in: a third of the router's CPU under load.
    options.compaction_style = rocksdb::kCompactionStyleUniversal;
    options.max_write_buffer_number = 2;
    options.memtable_whole_key_filtering = true;  // most keys that are looked up are new
    options.memtable_prefix_bloom_size_ratio = kWriteBufferFilterShare;
    options.max_open_files = kOpenFilesMax;
    options.max_background_jobs = 2;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.max_log_file_size = kInfoLogBytes;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    if (const auto supported = rocksdb::GetSupportedCompressions();
        std::ranges::find(supported, rocksdb::kLZ4Compression) != supported.end()) {
        options.compression = rocksdb::kLZ4Compression;
    } else {
        options.compression = rocksdb::kNoCompression;
    }
    return options;
}

class RocksCursor final : public Cursor {
 public:
    RocksCursor(std::unique_ptr<rocksdb::Iterator> iterator, std::string_view key) : iterator_(std::move(iterator)) {
        iterator_->Seek(slice_of(key));
    }
    bool valid() const override { return iterator_->Valid(); }
    void next() override { iterator_->Next(); }
    std::string_view key() const override { return view_of(iterator_->key()); }
    std::string_view value() const override { return view_of(iterator_->value()); }
    Status status() const override {
        if (iterator_->status().ok()) return {};
        return failed("scanning state", iterator_->status());
    }

 private:
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksBackend final : public Backend {
 public:
    explicit RocksBackend(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}

    Result<std::optional<std::string>> get(std::string_view key) const override {
        rocksdb::PinnableSlice value;
        const rocksdb::Status status = db_->Get({}, db_->DefaultColumnFamily(), slice_of(key), &value);
        if (status.IsNotFound()) return std::nullopt;
        if (!status.ok()) return failed("reading state", status);
        return value.ToString();
    }

    Status write(const std::vector<Change>& changes) override {
        rocksdb::WriteBatch batch;
        for (const Change& change : changes) {
            const rocksdb::Status status =
                change.value ? batch.Put(change.key, *change.value) : batch.Delete(change.key);
            if (!status.ok()) return failed("writing state", status);
        }
        return apply(batch);
    }

    Status erase(std::string_view prefix) override {
        rocksdb::WriteBatch batch;
        const std::string end = end_of_prefix(prefix);
        const rocksdb::Status status = batch.DeleteRange(slice_of(prefix), end);
        if (!status.ok()) return failed("erasing state", status);
        return apply(batch);
    }

    std::unique_ptr<Cursor> seek(std::string_view key) const override {
        return std::make_unique<RocksCursor>(std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({})), key);
    }

 private:
    Status apply(rocksdb::WriteBatch& batch) {
        // No log of our own: after a kill the local offset is as old as the data, for both are in the same files, and
        // the changelog gives the rest again.  An orderly end writes what is in memory.
        rocksdb::WriteOptions options;
        options.disableWAL = true;
        const rocksdb::Status status = db_->Write(options, &batch);
        if (!status.ok()) return failed("writing state", status);
        return {};
    }

    std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_rocks(const std::string& folder) {
    const std::string doing = "opening state folder " + folder;
    std::error_code made;
    std::filesystem::create_directories(folder, made);
    if (made) return rejected(doing + ": " + made.message());
    const rocksdb::Options options = options_for();
    rocksdb::DB* raw = nullptr;
    rocksdb::Status status = rocksdb::DB::Open(options, folder, &raw);
    if (status.IsCorruption()) {
        log::warning("local state is damaged and will be rebuilt from Kafka",
                     {{"folder", folder}, {"error", status.ToString()}});
        status = rocksdb::DestroyDB(folder, options);
        if (status.ok()) status = rocksdb::DB::Open(options, folder, &raw);
    }
    if (status.IsIOError() && status.ToString().contains("lock")) {
        return transient(doing + ": another process uses it");
    }
    if (!status.ok()) return failed(doing, status);
    return std::make_unique<RocksBackend>(std::unique_ptr<rocksdb::DB>(raw));
}

}  // namespace shopwire::state
