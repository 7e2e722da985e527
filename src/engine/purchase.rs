//! Having a shot rendered for money: authorization, order, and the paid job that comes of it. The one place that orders.

use std::time::{Duration, Instant};

use storyreel_core::event::{Event, Stage};
use storyreel_core::film::LostOrders;
use storyreel_core::lock::ClipRecord;
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError};
use storyreel_core::retry;
use storyreel_core::units::Digest;
use storyreel_providers::{Prepared, RenderRequest, Renderer};

use super::failure::{Refusal, ShotFailure};
use super::message::{Attempt, Authorization, Lost, OrderRequest, PaidStep};
use super::paid_job::{self, Arrival, Ended, PaidTask};
use super::reconcile;
use super::worker_context::{Order, WorkerContext};
use crate::journal::Journal;

/// What a purchase has brought.
pub(super) enum Brought {
    /// A clip, in the store.
    Clip(Box<Arrival>),
    /// The clip was in the store after all: another process made it.
    Found(Box<ClipRecord>),
}

/// A shot that is ordered, or fetched where it was ordered before.
pub(super) struct Purchase<'a> {
    pub(super) context: &'a WorkerContext,
    pub(super) order: &'a Order,
    pub(super) provider: &'a dyn Renderer,
    /// What is asked for; `None` where nothing is ordered.
    pub(super) request: Option<RenderRequest>,
    /// The pictures on which the clip is to begin and to end, in the store.
    pub(super) first_frame: Option<Digest>,
    pub(super) last_frame: Option<Digest>,
}

enum Placed {
    Task(PaidTask),
    Found(Box<ClipRecord>),
}

/// What is known while one order is tried to be placed.
struct Tries {
    began: Instant,
    /// Orders that the service turned away.
    turned_away: u32,
    /// Whether an order whose answer was lost was repeated: that is done once.
    repeated: bool,
    /// When an order was sent last.
    sent: Option<Instant>,
}

impl Purchase<'_> {
    /// Has the shot rendered and brings its clip into the store.
    pub(super) async fn run(&self) -> Result<Brought, ShotFailure> {
        let mut orders = 0;
        let mut forgotten = false;
        loop {
            orders += 1;
            let task = match self.place(forgotten).await? {
                Placed::Found(record) => return Ok(Brought::Found(record)),
                Placed::Task(task) => task,
            };
            let order = self.order;
            if !order.patience.for_tasks && task.since.is_some() {
                return Err(ShotFailure::Ordered);
            }
            match paid_job::complete(self.context, self.provider, &order.recipe, &task, &order.polling).await? {
                Ended::Arrived(arrival) => return Ok(Brought::Clip(arrival)),
                // The next run orders it, which looks first at how often it failed before.
                Ended::Over(error) if !order.patience.for_tasks && retry::task_again(&error, 1) => {
                    return Err(ShotFailure::OrderLater(error));
                }
                // What another run ordered is only fetched: to order it again is for the user to decide.
                Ended::Over(error) if task.since.is_none() || !retry::task_again(&error, orders) => {
                    return Err(error.into());
                }
                Ended::Over(_) => {}
                Ended::Forgotten(why) if forgotten && self.is_free() => {
                    return Err(ShotFailure::Refused(Refusal::NotKept(why)));
                }
                Ended::Forgotten(why) if forgotten || !(order.rebuy || self.is_free()) => {
                    return Err(ShotFailure::Refused(Refusal::Forgotten(why)));
                }
                Ended::Forgotten(why) => {
                    self.say_made_again(&why);
                    forgotten = true;
                }
            }
        }
    }

    /// Orders the shot, once it is authorized; what the service turns away without charge is ordered again.
    async fn place(&self, forgotten: bool) -> Result<Placed, ShotFailure> {
        let messenger = &self.context.messenger;
        messenger.moved(Stage::Submitting, None);
        let mut tries = Tries { began: Instant::now(), turned_away: 0, repeated: false, sent: None };
        let mut wanted = OrderRequest {
            first_frame: self.first_frame,
            last_frame: self.last_frame,
            may_order: self.request.is_some(),
            forgotten,
            ..OrderRequest::default()
        };
        let mut prepared = self.prepared(&mut wanted, &tries).await?;
        loop {
            self.wait_for_service(&tries).await?;
            let patience = self.order.patience_for_runs();
            let attempt = match messenger.authorize(&wanted, tries.began, patience).await? {
                Authorization::Order(attempt) => attempt,
                Authorization::Found(record) => return Ok(Placed::Found(record)),
                Authorization::Collect { attempt, ticket } => {
                    return Ok(Placed::Task(PaidTask { ticket, attempt, since: None }));
                }
                Authorization::Unclear(lost) => {
                    if let Some(task) = self.find(lost, &mut wanted, &mut tries).await? {
                        return Ok(Placed::Task(task));
                    }
                    // An order of its own has a mark of its own.
                    prepared = self.prepared(&mut wanted, &tries).await?;
                    continue;
                }
                Authorization::Wait | Authorization::Refused(_) => continue,
            };
            let Some(prepared) = &prepared else { return Err(ShotFailure::Refused(Refusal::Gone)) };
            wanted.not_listed = None;
            if let Some(task) = self.submit(prepared, attempt, &mut tries).await? {
                return Ok(Placed::Task(task));
            }
        }
    }

    /// Sends an order and has written down what came of it; `None` where it was turned away and may be sent again.
    async fn submit(
        &self,
        prepared: &Prepared,
        attempt: Attempt,
        tries: &mut Tries,
    ) -> Result<Option<PaidTask>, ShotFailure> {
        let messenger = &self.context.messenger;
        let since = Instant::now();
        tries.sent = Some(since);
        let error = match self.provider.submit(prepared).await {
            Ok(ticket) => {
                let provider = self.provider.provider().id;
                messenger.note(attempt.id, PaidStep::Submitted { provider, ticket: ticket.clone() }).await?;
                return Ok(Some(PaidTask { ticket, attempt, since: Some(since) }));
            }
            Err(error) => error,
        };
        let step = match error.charged {
            Charged::No => PaidStep::Unsent(error.to_string()),
            Charged::Yes(_) | Charged::Unknown => PaidStep::Unclear(error.to_string()),
        };
        messenger.note(attempt.id, step).await?;
        self.after_refusal(error, tries).await?;
        Ok(None)
    }

    /// Waits before an order that was turned away is sent again.
    async fn after_refusal(&self, error: ProviderError, tries: &mut Tries) -> Result<(), ShotFailure> {
        tries.turned_away += 1;
        match retry::order_again(&error, tries.turned_away) {
            Some(pause) => self.turned_away(pause, &error, tries).await,
            None if error.charged == Charged::No => Err(error.into()),
            // The next time authorization is asked for, the service's list is asked first.
            None if self.order.lost != LostOrders::Unknown => Ok(()),
            None => Err(ShotFailure::Unclear(error)),
        }
    }

    /// Waits before something is sent again that was turned away. Where too many came, all orders at the service wait.
    async fn turned_away(&self, pause: Duration, error: &ProviderError, tries: &Tries) -> Result<(), ShotFailure> {
        self.context.backoff.hold(self.provider.provider().id, pause, error);
        self.wait(pause, error, tries).await
    }

    /// Waits while the service is left alone because it has turned another order away. What is only fetched need not.
    async fn wait_for_service(&self, tries: &Tries) -> Result<(), ShotFailure> {
        let id = self.provider.provider().id;
        while let Some((pause, error)) =
            self.context.backoff.pause(id, fastrand::f64()).filter(|_| self.request.is_some())
        {
            self.wait(pause, &error, tries).await?;
        }
        Ok(())
    }

    /// Whether a pause ends within the deadline.
    fn has_time_for(&self, pause: Duration, tries: &Tries) -> bool {
        tries.began.elapsed() + pause <= self.order.ordering_deadline()
    }

    /// Waits as a service asks, within the deadline.
    async fn wait(&self, pause: Duration, error: &ProviderError, tries: &Tries) -> Result<(), ShotFailure> {
        if !self.has_time_for(pause, tries) {
            let after = self.order.ordering_deadline();
            return Err(ShotFailure::NotOrdered { after, pause, error: error.clone() });
        }
        self.context.messenger.wait(pause, &error.to_string()).await;
        Ok(())
    }

    /// Looks for an order whose answer was lost. Where the service does not show it, it may be ordered once more.
    async fn find(
        &self,
        lost: Lost,
        wanted: &mut OrderRequest,
        tries: &mut Tries,
    ) -> Result<Option<PaidTask>, ShotFailure> {
        if self.order.lost == LostOrders::Keyed {
            return self.send_again(lost, tries).await.map(Some);
        }
        if !self.is_free()
            && let Some(ticket) = reconcile::reconcile(self.context, self.provider, &lost).await?
        {
            return Ok(Some(PaidTask { ticket, attempt: lost.attempt, since: tries.sent }));
        }
        if !lost.may_repeat {
            let why = format!("{}, and the service does not list a task for it", lost.why);
            return Err(ShotFailure::Refused(Refusal::Unclear(why)));
        }
        let is_repeated = std::mem::replace(&mut tries.repeated, true);
        if is_repeated && self.is_free() {
            return Err(ShotFailure::Refused(Refusal::NotKept(lost.why)));
        }
        if is_repeated {
            let why = format!("{}; it was ordered twice, and the service lists neither order", lost.why);
            return Err(ShotFailure::Refused(Refusal::Unclear(why)));
        }
        wanted.not_listed = Some(lost.attempt.id.attempt);
        Ok(None)
    }

    /// Whether an order costs nothing.
    fn is_free(&self) -> bool {
        self.order.lost == LostOrders::Free
    }

    /// Says that what a server of the user's own has forgotten is made again.
    fn say_made_again(&self, why: &str) {
        if self.is_free() {
            let shot = &self.order.shot.id;
            let message = format!("{shot}: its server has forgotten the job ({why}); it is made again, free of charge");
            self.context.messenger.say(Event::Warned { message });
        }
    }

    /// Sends an order whose answer was lost once more, with the same key: it is one order however often it is sent.
    async fn send_again(&self, lost: Lost, tries: &Tries) -> Result<PaidTask, ShotFailure> {
        let Lost { attempt, why, .. } = lost;
        let has_key = retry::has_living_key(&attempt.intent, attempt.ordered_at, Journal::now());
        let Some(request) = self.request.as_ref().filter(|_| has_key) else {
            return Err(ShotFailure::Refused(Refusal::Unclear(why)));
        };
        // What starts on the clip may be another by now; under its key the order stays as it was.
        let marker = attempt.intent.marker.clone();
        let request = RenderRequest { marker, return_last_frame: attempt.intent.hands_on, ..request.clone() };
        let prepared = self.provider.prepare(&request).await?;
        let mut sent = 0;
        loop {
            sent += 1;
            let since = Instant::now();
            let error = match self.provider.submit(&prepared).await {
                Ok(ticket) => {
                    let provider = self.provider.provider().id;
                    self.context
                        .messenger
                        .note(attempt.id, PaidStep::Submitted { provider, ticket: ticket.clone() })
                        .await?;
                    return Ok(PaidTask { ticket, attempt, since: Some(since) });
                }
                Err(error) => error,
            };
            // Whatever is said of this sending, an earlier one may have been accepted.
            let error = ProviderError { charged: Charged::Unknown, ..error };
            match retry::send_again(&error, sent) {
                Some(pause) if self.has_time_for(pause, tries) => {
                    self.context.messenger.wait(pause, &error.to_string()).await;
                }
                None if error.kind == ErrorKind::Request => return Err(ShotFailure::Unclear(error)),
                pause => return Err(ShotFailure::NotAnswered { pause: pause.unwrap_or_default(), error }),
            }
        }
    }

    /// Reads and uploads the inputs of an order with a mark of its own. Nothing is spent yet, so what fails by chance is
    /// tried again.
    async fn prepared(&self, wanted: &mut OrderRequest, tries: &Tries) -> Result<Option<Prepared>, ShotFailure> {
        // What is only fetched needs no inputs.
        let Some(request) = &self.request else { return Ok(None) };
        wanted.marker = marker(&request.recipe);
        let request = RenderRequest { marker: wanted.marker.clone(), ..request.clone() };
        let mut turned_away = 0;
        loop {
            turned_away += 1;
            self.wait_for_service(tries).await?;
            match self.provider.prepare(&request).await {
                Ok(prepared) => return Ok(Some(prepared)),
                Err(error) => match retry::order_again(&error, turned_away) {
                    Some(pause) => self.turned_away(pause, &error, tries).await?,
                    None => return Err(error.into()),
                },
            }
        }
    }
}

/// The mark of an order in the service's list: what is ordered, and a number that no other order has.
fn marker(recipe: &Digest) -> String {
    format!("sr{}{:016x}", &recipe.hex()[..40], fastrand::u64(..))
}
