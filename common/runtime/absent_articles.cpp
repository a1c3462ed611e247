#include "common/runtime/absent_articles.h"

#include "common/events/codec.h"
#include "common/log/log.h"

namespace shopwire::runtime {

using namespace std::chrono_literals;

AbsentArticles::AbsentArticles(const ConnectionContext& context)
    : connection_(context.merchant + "/" + context.connection),
      clock_(context.clock),
      shown_(context.metrics.gauge("shopwire_sink_articles_absent",
                                   "Articles whose stock or price was to be written and that the system does not have",
                                   context.labels())),
      hour_(clock_.monotonic()) {}

Applied AbsentArticles::absent(const std::string& sku, const std::string& error) {
    Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_REJECTED);
    applied.result.set_error(error);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kArticlesMax || !known_.insert(events::fold_sku(sku)).second) return applied;
    shown_.set(static_cast<double>(known_.size()));
    if (may_name()) log::info("the system does not have this article", {{"connection", connection_}, {"sku", sku}});
    return applied;
}

bool AbsentArticles::may_name() {
    if (clock_.monotonic() - hour_ >= 1h) {
        hour_ = clock_.monotonic();
        named_ = 0;
    }
    if (named_ == kNamedMax)
        log::info("the system lacks more articles, which are counted in shopwire_sink_articles_absent",
                  {{"connection", connection_}});
    if (named_ > kNamedMax) return false;
    return named_++ < kNamedMax;
}

void AbsentArticles::present(const std::string& sku) {
    const std::lock_guard lock(mutex_);
    if (known_.erase(events::fold_sku(sku)) > 0) shown_.set(static_cast<double>(known_.size()));
}

}  // namespace shopwire::runtime
