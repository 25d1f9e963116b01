//! The operators of a number type that `Field` asks for, from those that take a reference.

/// By-value and assigning operators from `impl Op<&T> for T` of `Add`, `Sub`, `Mul` and `Div`.
macro_rules! by_value {
    ($type:ident) => {
        by_value!($type: Add add, Sub sub, Mul mul, Div div);
        by_value!(assign $type: Add add AddAssign add_assign);
        by_value!(assign $type: Sub sub SubAssign sub_assign);
        by_value!(assign $type: Mul mul MulAssign mul_assign);
    };
    ($type:ident: $($op:ident $method:ident),*) => {$(
        impl std::ops::$op for $type {
            type Output = $type;
            fn $method(self, y: $type) -> $type {
                std::ops::$op::$method(self, &y)
            }
        }
    )*};
    (assign $type:ident: $op:ident $method:ident $assign:ident $assign_method:ident) => {
        impl std::ops::$assign for $type {
            fn $assign_method(&mut self, y: $type) {
                *self = std::ops::$op::$method(*self, &y);
            }
        }
        impl std::ops::$assign<&$type> for $type {
            fn $assign_method(&mut self, y: &$type) {
                *self = std::ops::$op::$method(*self, y);
            }
        }
    };
}

pub(super) use by_value;
