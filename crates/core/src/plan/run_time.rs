//! How long a run takes, as far as plans ask. The answer needs the scheduler of the run itself, which hands it in.

use std::time::Duration;

use super::Plan;
use crate::film::Film;
use crate::index::ShotIndex;

/// Knows how long runs take under the limits of services and of this machine.
pub trait RunTime {
    /// Expected length of a run that makes the shots that are `wanted`, by index, as the plan says.
    fn of_shots(&self, film: &Film, plan: &Plan, wanted: &dyn Fn(ShotIndex) -> bool) -> Duration;

    /// Expected length of a run that makes all that the plans of these films make.
    fn of_films(&self, films: &[(&Film, &Plan)]) -> Duration;

    /// Expected length of a run that makes all that the plan makes.
    fn of_plan(&self, film: &Film, plan: &Plan) -> Duration {
        self.of_shots(film, plan, &|_| true)
    }
}
